"""Normalisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator
from typing_extensions import override

from archspec.ir import Elementwise, Layer, Moments, Normalisation, Shape, TensorType, WeightSpec
from archspec.layers.activation import OptionalActivation
from archspec.layers.attributes import (
    Axis,
    Flag,
    Fraction,
    NonNegative,
    Number,
    Positive,
    Size,
    refuse,
)
from archspec.layers.axes import features
from archspec.layers.initializers import VectorInitializer
from archspec.layers.window import image


class BatchNormalization(Layer):
    """Each channel less its mean, divided by sqrt(variance + epsilon), times gamma, plus beta.

    `momentum` is the share of the old value that moving statistics keep. `axis` can only be the last.
    """

    feature_order = "kept"
    axis: Axis = -1
    momentum: Fraction = 0.99
    epsilon: Positive = 1e-3
    center: Flag = True
    scale: Flag = True
    activation: OptionalActivation = None
    beta_initializer: VectorInitializer = "zeros"
    gamma_initializer: VectorInitializer = "ones"

    @override
    def normalisation(self, rank: int) -> Normalisation:
        return Normalisation(tuple(range(rank - 1)), self.epsilon)

    @override
    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        return math.sqrt(output[-1])

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes, self.axis)
        return inputs[0]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels,)
        gamma = [WeightSpec("gamma", shape, self.gamma_initializer, role="scale", features=0)] if self.scale else []
        beta = [WeightSpec("beta", shape, self.beta_initializer, role="shift", features=0)] if self.center else []
        mean = WeightSpec("moving_mean", shape, "zeros", trainable=False, role="mean", features=0)
        variance = WeightSpec("moving_variance", shape, "ones", trainable=False, role="variance", features=0)
        return (*gamma, *beta, mean, variance)


def _odd(size: int) -> int:
    return size if size % 2 else refuse("must be odd: as many channels on either side")


class LayerNormalization(Layer):
    """Each place's channels less their mean, divided by sqrt(variance + epsilon), times gamma, plus beta.

    Ba et al. 2016, over the last axis, which `axis` can only be; the variance is the biased one.
    """

    feature_order = "kept"
    axis: Axis = -1
    epsilon: Positive = 1e-3
    center: Flag = True
    scale: Flag = True
    activation: OptionalActivation = None
    beta_initializer: VectorInitializer = "zeros"
    gamma_initializer: VectorInitializer = "ones"

    @override
    def normalisation(self, rank: int) -> Normalisation:
        return Normalisation((rank - 1,), self.epsilon)

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes, self.axis)
        return inputs[0]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels,)
        gamma = [WeightSpec("gamma", shape, self.gamma_initializer, role="scale", features=0)] if self.scale else []
        beta = [WeightSpec("beta", shape, self.beta_initializer, role="shift", features=0)] if self.center else []
        return (*gamma, *beta)


class LocalResponseNormalization(Layer):
    """x / (bias + alpha * s) ** beta, where s is the sum of squares over the `size` channels around.

    The sum is plain, as in Krizhevsky et al. 2012, and not a mean, as in PyTorch and Caffe.
    """

    size: Annotated[Size, AfterValidator(_odd)] = 5
    alpha: NonNegative = 1e-4
    beta: Number = 0.75
    bias: Positive = 2.0

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        image(inputs[0].axes)
        return inputs[0]

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        factor = math.pow(self.bias, -self.beta)
        return Moments(factor * inputs[0].mean, factor**2 * inputs[0].variance)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Scale(Layer):
    """Each channel times gamma, plus beta. `axis` can only be the last."""

    feature_order = "kept"
    axis: Axis = -1
    beta_initializer: VectorInitializer = "zeros"
    gamma_initializer: VectorInitializer = "ones"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes, self.axis)
        return inputs[0]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels,)
        gamma = WeightSpec("gamma", shape, self.gamma_initializer, role="scale", features=0)
        return gamma, WeightSpec("beta", shape, self.beta_initializer, role="shift", features=0)


class LayerScale(Layer):
    """Each channel times gamma, which begins as `initial_value`.

    Touvron et al. 2021, arXiv:2103.17239, for the end of a residual's branch.
    """

    feature_order = "kept"
    initial_value: Number = 1e-6

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes)
        return inputs[0]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        return (WeightSpec("gamma", (inputs[0].channels,), self.initial_value, role="scale", features=0),)


class Rescaling(Elementwise):
    """x * scale + offset, of numbers that are not learned."""

    scale: Number
    offset: Number = 0.0

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return Moments(self.scale * inputs[0].mean + self.offset, self.scale**2 * inputs[0].variance)
