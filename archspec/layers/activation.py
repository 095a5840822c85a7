"""Activations.

Here x is an element of the input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Axes, Elementwise, Essence, Gives, Layer, Moments, Shape, TensorType, WeightSpec, essence, shown
from archspec.layers.attributes import Axis, Check, Flag, NonNegative, Number, SharedAxes, one_of
from archspec.layers.axes import axis_index, unknown_size
from archspec.layers.initializers import VectorInitializer


class Linear(Elementwise):
    """x itself."""

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return None

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0]

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class ReLU(Elementwise):
    """x from `threshold` up, at most `max_value`; below it negative_slope * (x - threshold)."""

    max_value: NonNegative | None = None
    negative_slope: NonNegative = 0.0
    threshold: NonNegative = 0.0

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return _relu(self.max_value, self.negative_slope, self.threshold)

    @override
    def gives(self) -> Gives:
        return "positive"

    @override
    def value(self, x: float) -> float:
        if x < self.threshold:
            return self.negative_slope * (x - self.threshold)
        return x if self.max_value is None else min(x, self.max_value)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return self.negative_slope == 0 or (self.threshold == 0 and inputs)


class ReLU6(Elementwise):
    """min(max(x, 0), 6)."""

    @override
    def gives(self) -> Gives:
        return "positive"

    @override
    def value(self, x: float) -> float:
        return min(max(x, 0.0), 6.0)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return True


class LeakyReLU(Elementwise):
    """x from 0 up, negative_slope * x below."""

    negative_slope: Number = 0.3

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return _relu(None, self.negative_slope, 0.0)

    @override
    def value(self, x: float) -> float:
        return self.negative_slope * x if x < 0 else x

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


_SLOPES = (0.05, 0.45)
"""Slopes of a PReLU as training leaves them."""


class PReLU(Elementwise):
    """x from 0 up, alpha * x below; `alpha` is learned, one for each element but along the shared axes."""

    alpha_initializer: VectorInitializer = "zeros"
    shared_axes: SharedAxes = None

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        axes, shared = read.axes, self.shared_axes or ()
        beyond = [axis for axis in shared if axis > len(axes)]
        if beyond:
            raise ShapeError(f"shared axis {beyond[0]} is not an axis of {shown(axes)}: it may be 1 to {len(axes)}")
        unknown = [axis for axis, size in enumerate(axes, start=1) if size is None and axis not in shared]
        if unknown:
            raise unknown_size("how many slopes it has", axes, known=shared, instead="write shared_axes: [1, 2]")
        return read

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shared = self.shared_axes or ()
        axes = enumerate(inputs[0].axes, start=1)
        shape = TensorType(tuple(1 if axis in shared else size for axis, size in axes)).shape
        return (WeightSpec("alpha", shape, self.alpha_initializer, drawn=_SLOPES, features=0),)

    @override
    def value(self, x: float) -> float:
        return sum(_SLOPES) / 2 * x if x < 0 else x

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class ELU(Elementwise):
    """x from 0 up, alpha * (exp(x) - 1) below."""

    alpha: Number = 1.0

    @override
    def value(self, x: float) -> float:
        return _elu(x, self.alpha)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class SELU(Elementwise):
    """ELU with alpha 1.67326324, times 1.05070098 (Klambauer et al. 2017)."""

    @override
    def value(self, x: float) -> float:
        return 1.05070098 * _elu(x, 1.67326324)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class GELU(Elementwise):
    """x times the normal distribution function of x; `approximate` takes the tanh formula for it."""

    approximate: Flag = False

    @override
    def value(self, x: float) -> float:
        return x * _sigmoid(1.702 * x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Sigmoid(Elementwise):
    """1 / (1 + exp(-x))."""

    @override
    def gives(self) -> Gives:
        return "sigmoid"

    @override
    def value(self, x: float) -> float:
        return _sigmoid(x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return True


class HardSigmoid(Elementwise):
    """min(max(x + 3, 0), 6) / 6."""

    @override
    def value(self, x: float) -> float:
        return _hard_sigmoid(x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return True


class Tanh(Elementwise):
    """The hyperbolic tangent."""

    @override
    def value(self, x: float) -> float:
        return math.tanh(x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Softmax(Layer):
    """exp(x), divided by its sum along `axis`."""

    feature_order = "kept"
    axis: Axis = -1

    @override
    def gives(self) -> Gives:
        return "softmax"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        axis_index(self.axis, inputs[0].axes)
        return inputs[0]

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        share = 1 / shapes[0][axis_index(self.axis, shapes[0])]
        return Moments(share, share**2)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return True


class Softplus(Elementwise):
    """log(1 + exp(x))."""

    @override
    def value(self, x: float) -> float:
        return _softplus(x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return True


class Softsign(Elementwise):
    """x / (1 + abs(x))."""

    @override
    def value(self, x: float) -> float:
        return x / (1 + abs(x))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class SiLU(Elementwise):
    """x * sigmoid(x), also called swish."""

    @override
    def value(self, x: float) -> float:
        return x * _sigmoid(x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class HardSiLU(Elementwise):
    """x times its hard sigmoid, also called hard swish."""

    @override
    def value(self, x: float) -> float:
        return x * _hard_sigmoid(x)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Mish(Elementwise):
    """x * tanh(softplus(x))."""

    @override
    def value(self, x: float) -> float:
        return x * math.tanh(_softplus(x))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Exponential(Elementwise):
    """exp(x)."""

    @override
    def value(self, x: float) -> float:
        return math.exp(min(x, 50.0))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return True


def _relu(max_value: float | None, negative_slope: float, threshold: float) -> Essence:
    if (max_value, negative_slope, threshold) == (6, 0, 0):
        return Essence("ReLU6")
    return essence("ReLU", {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold})


def _sigmoid(x: float) -> float:
    return 0.5 + 0.5 * math.tanh(x / 2)


def _hard_sigmoid(x: float) -> float:
    return min(max(x / 6 + 0.5, 0.0), 1.0)


def _elu(x: float, alpha: float) -> float:
    return alpha * math.expm1(x) if x < 0 else x


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


# Made without validation, which would build every class's validator on import.
_SILU = SiLU.model_construct()
_HARD_SILU = HardSiLU.model_construct()

ACTIVATIONS: Mapping[str, Layer] = MappingProxyType(
    {
        "linear": Linear.model_construct(),
        "relu": ReLU.model_construct(),
        "relu6": ReLU6.model_construct(),
        "leaky_relu": LeakyReLU.model_construct(negative_slope=0.2),
        "elu": ELU.model_construct(),
        "selu": SELU.model_construct(),
        "gelu": GELU.model_construct(),
        "sigmoid": Sigmoid.model_construct(),
        "hard_sigmoid": HardSigmoid.model_construct(),
        "tanh": Tanh.model_construct(),
        "softmax": Softmax.model_construct(),
        "softplus": Softplus.model_construct(),
        "softsign": Softsign.model_construct(),
        "silu": _SILU,
        "swish": _SILU,
        "hard_silu": _HARD_SILU,
        "hard_swish": _HARD_SILU,
        "mish": Mish.model_construct(),
        "exponential": Exponential.model_construct(),
    }
)
"""What an activation's name means: Keras's functions, whose defaults are not always those of its layers."""


def other_defaults(name: str) -> str:
    """How an activation differs from its layer's defaults, as `negative_slope: 0.2`; empty if it does not."""
    layer = ACTIVATIONS[name]
    defaults = {key: field.default for key, field in type(layer).model_fields.items()}
    return ", ".join(f"{key}: {value}" for key, value in vars(layer).items() if value != defaults[key])


def _activation(value: object) -> str:
    return one_of(value, ACTIVATIONS, "activation")


def _optional_activation(value: object) -> str | None:
    return None if value is None or value == "linear" else _activation(value)


ActivationName = Annotated[str, Check(_activation)]
"""The name of an activation."""

OptionalActivation = Annotated[str | None, Check(_optional_activation)]
"""The name of an activation; "linear" is none."""


class Activation(Layer):
    """An activation by its name; the graph has that activation's own layer instead."""

    activation: ActivationName

    @override
    def primitive(self) -> Layer:
        return ACTIVATIONS[self.activation]
