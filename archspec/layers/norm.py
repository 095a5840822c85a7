"""Normalisation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator
from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import (
    Axes,
    Channelwise,
    Elementwise,
    Essence,
    Layer,
    Moments,
    Normalisation,
    Shape,
    TensorType,
    WeightSpec,
)
from archspec.ir.layer import FeatureOrder
from archspec.ir.moments import joined
from archspec.layers.activation import OptionalActivation
from archspec.layers.attributes import (
    Axis,
    Flag,
    Fraction,
    NonNegative,
    Number,
    Numbers,
    OptionalNonNegatives,
    OptionalNumbers,
    Positive,
    Size,
    refuse,
)
from archspec.layers.axes import features
from archspec.layers.initializers import VectorInitializer
from archspec.layers.window import image

_MOSTLY_OLD = 0.5
"""Networks keep more than this share of their moving statistics in each step."""


class BatchNormalization(Layer):
    """Each channel less its mean, divided by sqrt(variance + epsilon), times gamma, plus beta.

    `momentum` is the share of the old value that moving statistics keep. `axis` can only be the last.
    """

    feature_order = "kept"
    silent = frozenset({"center", "momentum", "scale"})
    axis: Axis = -1
    momentum: Fraction = 0.99
    epsilon: Positive = 1e-3
    center: Flag = True
    scale: Flag = True
    activation: OptionalActivation = None
    beta_initializer: VectorInitializer = "zeros"
    gamma_initializer: VectorInitializer = "ones"

    @override
    def doubt(self) -> str | None:
        if self.momentum >= _MOSTLY_OLD:
            return None
        other = f"{1 - self.momentum:.12g}"
        return (
            f"momentum {self.momentum:.12g} is the share of the old value that moving statistics keep, as in Keras; "
            f"PyTorch's momentum {self.momentum:.12g} is `momentum: {other}` here"
        )

    @override
    def normalisation(self, rank: int) -> Normalisation:
        return Normalisation(tuple(range(rank - 1)), self.epsilon)

    @override
    def channelwise(self) -> Channelwise:
        def factor(weights: Mapping[str, Any]) -> Any:
            return weights.get("gamma", 1.0) * (weights["moving_variance"] + self.epsilon) ** -0.5

        return Channelwise(factor, lambda weights: weights.get("beta", 0.0) - weights["moving_mean"] * factor(weights))

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
    silent = frozenset({"center", "scale"})
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
    def channelwise(self) -> Channelwise:
        return Channelwise(lambda weights: weights["gamma"], lambda weights: weights["beta"])

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
    silent = frozenset({"initial_value"})
    initial_value: Number = 1e-6

    @override
    def channelwise(self) -> Channelwise:
        return Channelwise(lambda weights: weights["gamma"])

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes)
        return inputs[0]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        return (WeightSpec("gamma", (inputs[0].channels,), self.initial_value, role="scale", features=0),)


class Rescaling(Elementwise):
    """x * scale + offset, of numbers that are not learned: one for all channels, or one for each."""

    scale: Numbers
    offset: Numbers = 0.0

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return None if (self.scale, self.offset) == (1, 0) else super().essence(reads, gives)

    @override
    def order(self) -> FeatureOrder:
        return "fixed" if isinstance(self.scale, tuple) or isinstance(self.offset, tuple) else "kept"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        if self.order() == "fixed":
            each_channel("scale", self.scale, inputs[0].axes)
            each_channel("offset", self.offset, inputs[0].axes)
        return inputs[0]

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        numbers = (each_channel(name, getattr(self, name), shapes[0]) for name in ("scale", "offset"))
        return _rescaled(inputs[0], zip(*numbers, strict=True))


LEAST_DEVIATION = 1e-7
"""What Normalization divides by at least, as in Keras."""


class Normalization(Layer):
    """Each channel less `mean`, divided by sqrt(variance), or by 1e-7 if that is more, in training too.

    Without `mean` and `variance` these are weights, one for each channel, which are not trained. `axis` can only be the
    last.
    """

    feature_order = "kept"
    axis: Axis = -1
    mean: OptionalNumbers = None
    variance: OptionalNonNegatives = None

    @override
    def order(self) -> FeatureOrder:
        return "kept" if self.mean is None else "fixed"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes, self.axis)
        if (self.mean is None) != (self.variance is None):
            given, missing = ("variance", "mean") if self.mean is None else ("mean", "variance")
            raise ShapeError(f"it has a {given} and no {missing}: give both, or neither")
        self.numbers(inputs[0].axes)
        return inputs[0]

    def numbers(self, axes: Axes) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """The mean and the divisor of each channel of a value with these axes; None if they are weights."""
        if self.mean is None or self.variance is None:
            return None
        variances = each_channel("variance", self.variance, axes)
        divisors = tuple(max(math.sqrt(variance), LEAST_DEVIATION) for variance in variances)
        return each_channel("mean", self.mean, axes), divisors

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        if self.mean is not None:
            return ()
        shape = (inputs[0].channels,)
        mean = WeightSpec("mean", shape, "zeros", trainable=False, role="mean", features=0)
        return mean, WeightSpec("variance", shape, "ones", trainable=False, role="variance", features=0)

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        numbers = self.numbers(shapes[0])
        if numbers is None:
            return inputs[0]
        return _rescaled(inputs[0], ((1 / divisor, -mean / divisor) for mean, divisor in zip(*numbers, strict=True)))


def each_channel(name: str, values: float | tuple[float, ...], axes: Axes) -> tuple[float, ...]:
    """A number for each channel of a value with these axes; raises `ShapeError` for a list of another length."""
    channels = features(axes)
    if isinstance(values, tuple) and len(values) != channels:
        raise ShapeError(f"its {name} has {len(values)} numbers, and its input has {channels} channels")
    return values if isinstance(values, tuple) else (values,) * channels


def _rescaled(read: Moments, pairs: Iterable[tuple[float, float]]) -> Moments:
    """The moments of values times a factor plus a shift, which are a pair for each channel."""
    parts = [Moments(factor * read.mean + shift, factor**2 * read.variance) for factor, shift in pairs]
    return joined(parts, [1] * len(parts))
