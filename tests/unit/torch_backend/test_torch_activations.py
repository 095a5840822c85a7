"""Activations' rows against their meaning, written out in numpy in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from archspec.ir import Layer, TensorType
from archspec.layers.activation import (
    ELU,
    GELU,
    SELU,
    Exponential,
    HardSigmoid,
    HardSiLU,
    LeakyReLU,
    Linear,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from archspec_torch.emit import ROWS
from tests.unit.torch_backend.torch_rows import (
    RANDOM,
    SCOPE,
    Array,
    agree,
    written,
)


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def softplus(x: Array) -> Array:
    return np.logaddexp(x, 0)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x: Array) -> Array:
    return np.clip(x + 3, 0, 6) / 6


def general_relu(x: Array, top: float, slope: float, threshold: float) -> Array:
    return np.where(x > threshold, np.minimum(x, top), slope * (x - threshold))


GAUSS = np.vectorize(lambda x: 0.5 * float(torch.erfc(torch.tensor(-x / 2**0.5, dtype=torch.float64))))

ACTIVATIONS: list[tuple[Layer, Callable[[Array], Array]]] = [
    (Linear(), lambda x: x),
    (ReLU(), relu),
    (ReLU(max_value=6.0), lambda x: np.clip(x, 0, 6)),
    (ReLU(max_value=2.5), lambda x: np.clip(x, 0, 2.5)),
    (ReLU(max_value=0.0), np.zeros_like),
    (ReLU(negative_slope=0.2), lambda x: np.where(x > 0, x, 0.2 * x)),
    (ReLU(threshold=1.5), lambda x: np.where(x > 1.5, x, 0)),
    (ReLU(max_value=4.0, negative_slope=0.2, threshold=1.5), lambda x: general_relu(x, 4.0, 0.2, 1.5)),
    (ReLU(negative_slope=0.2, threshold=1.5), lambda x: general_relu(x, np.inf, 0.2, 1.5)),
    (ReLU6(), lambda x: np.clip(x, 0, 6)),
    (LeakyReLU(), lambda x: np.where(x > 0, x, 0.3 * x)),
    (LeakyReLU(negative_slope=-0.5), lambda x: np.where(x > 0, x, -0.5 * x)),
    (ELU(alpha=0.7), lambda x: np.where(x > 0, x, 0.7 * np.expm1(x))),
    (ELU(alpha=-0.7), lambda x: np.where(x > 0, x, -0.7 * np.expm1(x))),
    (SELU(), lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
    (GELU(), lambda x: x * GAUSS(x)),
    (
        GELU(approximate=True),
        lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
    ),
    (Sigmoid(), sigmoid),
    (HardSigmoid(), hard_sigmoid),
    (Tanh(), np.tanh),
    (Softplus(), softplus),
    (Softsign(), lambda x: x / (1 + np.abs(x))),
    (SiLU(), lambda x: x * sigmoid(x)),
    (HardSiLU(), lambda x: x * hard_sigmoid(x)),
    (Mish(), lambda x: x * np.tanh(softplus(x))),
    (Exponential(), np.exp),
]


@pytest.mark.parametrize(
    ("layer", "meaning"), ACTIVATIONS, ids=lambda case: repr(case) if isinstance(case, Layer) else ""
)
@pytest.mark.parametrize("shape", [(9,), (3, 4), (3, 4, 5)])
def test_activation(layer: Layer, meaning: Callable[[Array], Array], shape: tuple[int, ...]) -> None:
    x = RANDOM.normal(size=(2, *shape)) * 4
    x.flat[:4] = 25, -25, 0, 38
    agree(layer, meaning(x), x)


@pytest.mark.parametrize("layer", [layer for layer, _ in ACTIVATIONS if ROWS[type(layer)].overwrites], ids=repr)
def test_activation_in_place_has_the_same_value_and_gradient(layer: Layer) -> None:
    plain, inplace = (written(layer, (5,), facts=found)[0] for found in (frozenset[str](), frozenset({"inplace"})))
    results = []
    for text in (plain, inplace):
        x = torch.linspace(-7, 7, 15, dtype=torch.float64, requires_grad=True)
        y = eval(text, SCOPE)(x * 1.5)
        y.square().sum().backward()
        results.append((y.detach(), x.grad))
    for found, expected in zip(results[1], results[0], strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-14, atol=0)


def test_the_usual_activations_are_in_place() -> None:
    for layer, expected in {ReLU(): "nn.ReLU(inplace=True)", LeakyReLU(): "nn.LeakyReLU(0.3, inplace=True)"}.items():
        assert written(layer, (5,), facts=frozenset({"inplace"}))[0] == expected
    # With a falling slope the sign of the input is lost.
    falling = LeakyReLU(negative_slope=-1.0)
    assert written(falling, (5,), facts=frozenset({"inplace"}))[0] == "nn.LeakyReLU(-1.0)"


@pytest.mark.parametrize(
    ("shape", "axis"), [((6,), -1), ((3, 6), 1), ((3, 6), -1), ((3, 4, 5), -1), ((3, 4, 5), 1), ((3, 4, 5), 2)]
)
def test_softmax_along_a_canonical_axis(shape: tuple[int, ...], axis: int) -> None:
    x = RANDOM.normal(size=(2, *shape))
    powers = np.exp(x)
    agree(Softmax(axis=axis), powers / powers.sum(axis, keepdims=True), x)


@pytest.mark.parametrize("shared", [None, [1], [1, 2], [1, 2, 3], [3]])
@pytest.mark.parametrize("shape", [(6,), (3, 6), (3, 4, 5), (1, 1, 5)])
def test_prelu(shape: tuple[int, ...], shared: list[int] | None) -> None:
    axes = [axis for axis in shared or () if axis <= len(shape)]
    layer = PReLU(shared_axes=axes or None)
    alpha = RANDOM.normal(size=layer.weights([TensorType(shape)])[0].shape)
    x = RANDOM.normal(size=(2, *shape))
    agree(layer, np.where(x > 0, x, alpha * x), x, weights={"alpha": alpha})


def test_prelu_is_torchs_own_where_torch_has_it() -> None:
    assert written(PReLU(shared_axes=[1, 2]), (3, 4, 5))[0] == "nn.PReLU(5, init=0.0)"
    assert written(PReLU(shared_axes=[1, 2, 3]), (3, 4, 5))[0] == "nn.PReLU(init=0.0)"
    assert written(PReLU(), (3, 4, 5))[0] == "ElementwisePReLU((5, 3, 4))"
