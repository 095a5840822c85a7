"""Convolutions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo
from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Axes, CompositeLayer, Essence, Gives, Kernel, Shape, TensorType, WeightSpec, essence
from archspec.layers.activation import OptionalActivation
from archspec.layers.attributes import Flag, Padding, Pair, Size, refuse
from archspec.layers.initializers import BiasInitializer, Initializer
from archspec.layers.window import NO_PADDING, WindowedLayer


def _divides_filters(groups: int, info: ValidationInfo) -> int:
    filters = info.data.get("filters", groups)
    return refuse(f"must divide the {filters} filters") if filters % groups else groups


class Conv2D(WindowedLayer):
    """A convolution; with `groups`, each group of filters sees only its own share of the input's channels.

    Its kernel is (height, width, input channels / groups, filters).
    """

    filters: Size
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Pair = (1, 1)
    groups: Annotated[Size, AfterValidator(_divides_filters)] = 1
    activation: OptionalActivation = None
    use_bias: Flag = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: BiasInitializer = "zeros"

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        found = self._windowing(reads[0])
        is_dense = self.kernel_size == (1, 1) == self.strides and self.groups == 1
        if is_dense and found["padding"] in ("same", NO_PADDING):
            return Essence("Dense")
        return essence("Conv2D", {**found, "groups": self.groups})

    @override
    def kernel(self) -> Kernel:
        return Kernel(outputs=(3,), groups=self.groups)

    @override
    def gives(self) -> Gives:
        return "sums" if self.kernel_size == (1, 1) else "features"

    @property
    @override
    def window(self) -> tuple[int, int]:
        return self.kernel_size

    @property
    @override
    def spread(self) -> tuple[int, int]:
        return self.dilation_rate

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        windows = self.windows(read.axes)
        if read.channels % self.groups:
            raise ShapeError(f"{self.groups} groups do not divide the input's {read.channels} channels")
        return read.with_axes((*windows, self.filters))

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (*self.kernel_size, inputs[0].channels // self.groups, self.filters)
        fan_in = math.prod(shape[:-1])
        kernel = WeightSpec("kernel", shape, self.kernel_initializer, torch_fan_in=fan_in, role="kernel")
        bias = WeightSpec("bias", (self.filters,), self.bias_initializer, torch_fan_in=fan_in, role="shift")
        return (kernel, bias) if self.use_bias else (kernel,)

    @override
    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        return math.prod(output) * math.prod(self.kernel_size) * (inputs[0][-1] // self.groups)


class DepthwiseConv2D(WindowedLayer):
    """A convolution of each channel by itself, with `depth_multiplier` filters for each.

    Its kernel is (height, width, channels, depth_multiplier); filter m of channel c makes channel
    c * depth_multiplier + m.
    """

    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Pair = (1, 1)
    depth_multiplier: Size = 1
    activation: OptionalActivation = None
    use_bias: Flag = True
    depthwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: BiasInitializer = "zeros"

    @override
    def kernel(self) -> Kernel:
        return Kernel(outputs=(2, 3))

    @property
    @override
    def window(self) -> tuple[int, int]:
        return self.kernel_size

    @property
    @override
    def spread(self) -> tuple[int, int]:
        return self.dilation_rate

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        return read.with_axes((*self.windows(read.axes), read.channels * self.depth_multiplier))

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        channels = inputs[0].channels
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        filters, fan_in = channels * self.depth_multiplier, math.prod(self.kernel_size)
        kernel = WeightSpec("kernel", shape, self.depthwise_initializer, torch_fan_in=fan_in, role="kernel")
        bias = WeightSpec("bias", (filters,), self.bias_initializer, torch_fan_in=fan_in, role="shift")
        return (kernel, bias) if self.use_bias else (kernel,)

    @override
    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        return math.prod(output) * math.prod(self.kernel_size)


class SeparableConv2D(CompositeLayer):
    """A depthwise convolution and then a 1x1 one, named `depthwise` and `pointwise`."""

    filters: Size
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Pair = (1, 1)
    depth_multiplier: Size = 1
    activation: OptionalActivation = None
    use_bias: Flag = True
    depthwise_initializer: Initializer = "glorot_uniform"
    pointwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: BiasInitializer = "zeros"

    @override
    def layers(self) -> list[dict[str, object]]:
        depthwise: dict[str, object] = {
            "name": "depthwise",
            "layer_type": "DepthwiseConv2D",
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
            "depth_multiplier": self.depth_multiplier,
            "use_bias": False,
            "depthwise_initializer": self.depthwise_initializer,
        }
        pointwise: dict[str, object] = {
            "name": "pointwise",
            "layer_type": "Conv2D",
            "filters": self.filters,
            "kernel_size": 1,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": self.pointwise_initializer,
            "bias_initializer": self.bias_initializer,
        }
        return [depthwise, pointwise]
