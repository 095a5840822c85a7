"""Fully connected."""

from __future__ import annotations

import math
from collections.abc import Sequence

from typing_extensions import override

from archspec.ir import Axes, Essence, Gives, Kernel, Layer, Shape, TensorType, WeightSpec
from archspec.layers.activation import OptionalActivation
from archspec.layers.attributes import Flag, Size
from archspec.layers.axes import features
from archspec.layers.initializers import BiasInitializer, Initializer


class Dense(Layer):
    """A linear map of the last axis to `units` features, whatever axes come before it."""

    feature_order = "summed"
    units: Size
    activation: OptionalActivation = None
    use_bias: Flag = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: BiasInitializer = "zeros"

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return Essence("Dense")

    @override
    def kernel(self) -> Kernel:
        return Kernel(outputs=(1,), groups=1)

    @override
    def gives(self) -> Gives:
        return "sums"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        features(read.axes)
        return read.with_axes((*read.axes[:-1], self.units))

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels, self.units)
        fan_in, _ = shape
        kernel = WeightSpec("kernel", shape, self.kernel_initializer, torch_fan_in=fan_in, role="kernel", features=0)
        bias = WeightSpec("bias", (self.units,), self.bias_initializer, torch_fan_in=fan_in, role="shift")
        return (kernel, bias) if self.use_bias else (kernel,)

    @override
    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        return math.prod(output) * inputs[0][-1]
