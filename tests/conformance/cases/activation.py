"""Activations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tests.conformance.reference import Array, Case, Conformance, Shape, axis_of, case


def linear(x: Array) -> Array:
    return x


def relu(x: Array, *, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0) -> Array:
    """keras.layers.ReLU; at the threshold itself Keras's code gives 0, though its page says x."""
    found = np.where(x > threshold, x, negative_slope * (x - threshold))
    return found if max_value is None else np.where(x >= max_value, max_value, found)


def relu6(x: Array) -> Array:
    return np.minimum(np.maximum(x, 0), 6)


def leaky_relu(x: Array, *, negative_slope: float = 0.3) -> Array:
    return np.where(x >= 0, x, negative_slope * x)


def prelu(
    x: Array, *, weights: Mapping[str, Array], shared_axes: Any = None, alpha_initializer: str = "zeros"
) -> Array:
    return np.where(x >= 0, x, weights["alpha"] * x)


def elu(x: Array, *, alpha: float = 1.0) -> Array:
    return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))


def selu(x: Array) -> Array:
    """Klambauer et al. 2017, equation 2; the constants are those of its appendix."""
    return 1.0507009873554804934 * elu(x, alpha=1.6732632423543772848)


def gelu(x: Array, *, approximate: bool = False) -> Array:
    """Hendrycks and Gimpel 2016: x times the standard normal distribution function."""
    if approximate:
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * np.vectorize(lambda value: 0.5 * math.erfc(-value / math.sqrt(2)))(x)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array) -> Array:
    """Keras 3 and PyTorch: 0 up to -3, 1 from 3, x / 6 + 0.5 between."""
    return np.where(x <= -3, 0, np.where(x >= 3, 1, x / 6 + 0.5))


def tanh(x: Array) -> Array:
    return np.tanh(x)


def softmax(x: Array, *, axis: int = -1) -> Array:
    powers = np.exp(x - x.max(axis_of(axis, x), keepdims=True))
    return powers / powers.sum(axis_of(axis, x), keepdims=True)


def softplus(x: Array) -> Array:
    return np.logaddexp(0, x)


def softsign(x: Array) -> Array:
    return x / (1 + np.abs(x))


def silu(x: Array) -> Array:
    return x * sigmoid(x)


def hard_silu(x: Array) -> Array:
    return x * hard_sigmoid(x)


def mish(x: Array) -> Array:
    return x * np.tanh(softplus(x))


def exponential(x: Array) -> Array:
    return np.exp(x)


NAMES: Mapping[str, Callable[[Array], Array]] = {
    "linear": linear,
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": lambda x: leaky_relu(x, negative_slope=0.2),
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "sigmoid": sigmoid,
    "hard_sigmoid": hard_sigmoid,
    "tanh": tanh,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": softsign,
    "silu": silu,
    "swish": silu,
    "hard_silu": hard_silu,
    "hard_swish": hard_silu,
    "mish": mish,
    "exponential": exponential,
}
"""The functions of keras.activations by their names."""


def activation(x: Array, *, activation: str) -> Array:
    return NAMES[activation](x)


def activated(x: Array, name: str | None) -> Array:
    """What an `activation` attribute does to a layer's own output."""
    return x if name is None else NAMES[name](x)


def with_activation(reference: Callable[..., Array]) -> Callable[..., Array]:
    """The reference of a layer that has an `activation`, from the one of the layer without it."""

    def both(*inputs: Array, activation: str | None = None, **attributes: Any) -> Array:
        return activated(reference(*inputs, **attributes), activation)

    return both


EVERY_RANK: Sequence[Shape] = [(7,), (3, 5), (4, 3, 2), (2, 3, 2, 3)]


def plain(*more: Case) -> list[Case]:
    """An activation without attributes: every rank, far out, and after a layer that it may overwrite."""
    return [
        *(case({}, shape) for shape in EVERY_RANK),
        case({}, (1, 1, 1)),
        case({}, (60,), spread=30.0),
        case({}, (3, 4, 2), rectified=True),
        *more,
    ]


TABLE = {
    "Linear": Conformance(linear, plain()),
    "ReLU": Conformance(
        relu,
        [
            *plain(),
            *(
                case(attributes, shape, spread=5.0)
                for shape in [(20,), (4, 3, 5)]
                for attributes in [
                    {"max_value": 6},
                    {"max_value": 4.5},
                    {"max_value": 0},
                    {"negative_slope": 0.1},
                    {"negative_slope": 0.25},
                    {"negative_slope": 1.5},
                    {"threshold": 1},
                    {"max_value": 3, "negative_slope": 0.1},
                    {"max_value": 3, "threshold": 0.5},
                    {"negative_slope": 0.1, "threshold": 0.7},
                    {"max_value": 2.5, "negative_slope": 0.2, "threshold": 1.1},
                ]
            ),
            case({}, (40,), whole=True),
            case({"threshold": 1}, (40,), whole=True),
        ],
    ),
    "ReLU6": Conformance(relu6, plain(case({}, (4, 3, 5), spread=5.0))),
    "LeakyReLU": Conformance(
        leaky_relu,
        plain(
            case({"negative_slope": 0.01}, (3, 4, 2)),
            case({"negative_slope": 0.1}, (9,)),
            case({"negative_slope": 0}, (3, 4, 2)),
            case({"negative_slope": -0.5}, (9,)),
        ),
    ),
    "PReLU": Conformance(
        prelu,
        plain(
            case({"shared_axes": [1, 2]}, (3, 4, 5)),
            case({"shared_axes": [1, 2, 3]}, (3, 4, 5)),
            case({"shared_axes": [3]}, (3, 4, 5)),
            case({"shared_axes": [1]}, (3, 4, 5)),
            case({"shared_axes": [2, 3]}, (3, 4, 5)),
            case({"shared_axes": [2, 1]}, (1, 1, 5)),
            case({"shared_axes": [1]}, (6,)),
            case({"shared_axes": [1]}, (4, 6)),
            case({"shared_axes": [2]}, (4, 6)),
            case({"shared_axes": [1, 2]}, (4, 6)),
            case({"shared_axes": [1, 3]}, (2, 3, 4, 5)),
            case({}, (3, 4, 1)),
        ),
    ),
    "ELU": Conformance(elu, plain(case({"alpha": 0.3}, (3, 4, 2)), case({"alpha": 2.5}, (9,)))),
    "SELU": Conformance(selu, plain()),
    "GELU": Conformance(gelu, plain(case({"approximate": True}, (3, 4, 2)), case({"approximate": True}, (9,)))),
    "Sigmoid": Conformance(sigmoid, plain()),
    # PyTorch's own gradient multiplies by 1/6 in float32 whatever the precision of its input.
    "HardSigmoid": Conformance(hard_sigmoid, plain(), gradients=1e-7),
    "Tanh": Conformance(tanh, plain()),
    "Softmax": Conformance(
        softmax,
        plain(
            *(case({"axis": axis}, (4, 3, 2)) for axis in (1, 2, 3, -1, -2, -3)),
            *(case({"axis": axis}, (3, 5)) for axis in (1, 2, -2)),
            *(case({"axis": axis}, (2, 3, 2, 3)) for axis in (1, 3, -1)),
        ),
    ),
    "Softplus": Conformance(softplus, plain()),
    "Softsign": Conformance(softsign, plain()),
    "SiLU": Conformance(silu, plain()),
    "HardSiLU": Conformance(hard_silu, plain()),
    "Mish": Conformance(mish, plain()),
    "Exponential": Conformance(exponential, [case({}, shape) for shape in EVERY_RANK]),
    "Activation": Conformance(activation, [case({"activation": name}, (3, 2, 4)) for name in NAMES]),
}
