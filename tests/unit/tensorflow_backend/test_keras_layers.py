"""Every other row: what it computes in float64, said again in numpy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec.layers import activation as a
from archspec.layers import layer_types
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archspec.layers.norm import BatchNormalization, LocalResponseNormalization, Scale
from archspec.layers.regularisation import Dropout, SpatialDropout2D
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.layers.shape import Flatten, Reshape, ZeroPadding2D
from archspec_tensorflow import runtime
from archspec_tensorflow.emit import ROWS, inline_activation, row_for
from archspec_tensorflow.exact import exact_functions, inexact
from tests.unit.tensorflow_backend.keras_models import Array, compare, load, shown, single

IMAGE = np.random.default_rng(3).normal(size=(2, 4, 5, 6)) * 4
SHAPES = (IMAGE.shape[1:],)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def normal(x: Array) -> Array:
    return np.vectorize(lambda value: (1 + math.erf(value / math.sqrt(2))) / 2)(x)


def softmax(x: Array, axis: int) -> Array:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def relu(x: Array, top: float = math.inf, slope: float = 0.0, threshold: float = 0.0) -> Array:
    return np.where(x >= threshold, np.minimum(x, top), slope * (x - threshold))


ACTIVATIONS: list[tuple[Layer, Callable[[Array], Array]]] = [
    (a.Linear(), lambda x: x),
    (a.ReLU(), relu),
    (a.ReLU(max_value=6.0), lambda x: relu(x, 6.0)),
    (a.ReLU(max_value=3.0, negative_slope=0.1, threshold=1.0), lambda x: relu(x, 3.0, 0.1, 1.0)),
    (a.ReLU6(), lambda x: relu(x, 6.0)),
    (a.LeakyReLU(), lambda x: relu(x, slope=0.3)),
    (a.LeakyReLU(negative_slope=0.01), lambda x: relu(x, slope=0.01)),
    (a.LeakyReLU(negative_slope=0.25), lambda x: relu(x, slope=0.25)),
    (a.ReLU(negative_slope=0.1), lambda x: relu(x, slope=0.1)),
    (a.ReLU(negative_slope=0.5), lambda x: relu(x, slope=0.5)),
    (a.ReLU(max_value=6.0, negative_slope=0.1), lambda x: relu(x, 6.0, 0.1)),
    (a.ReLU(threshold=1.5), lambda x: relu(x, threshold=1.5)),
    (a.LeakyReLU(negative_slope=-0.5), lambda x: relu(x, slope=-0.5)),
    (a.ELU(), lambda x: np.where(x > 0, x, np.expm1(x))),
    (a.ELU(alpha=0.5), lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
    (a.ELU(alpha=-0.5), lambda x: np.where(x > 0, x, -0.5 * np.expm1(x))),
    (a.SELU(), lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x))),
    (a.GELU(), lambda x: x * normal(x)),
    (
        a.GELU(approximate=True),
        lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    (a.Sigmoid(), sigmoid),
    (a.HardSigmoid(), lambda x: np.clip(x + 3, 0, 6) / 6),
    (a.Tanh(), np.tanh),
    (a.Softmax(), lambda x: softmax(x, -1)),
    (a.Softmax(axis=2), lambda x: softmax(x, 2)),
    (a.Softmax(axis=3), lambda x: softmax(x, -1)),
    (a.Softplus(), lambda x: np.logaddexp(0, x)),
    (a.Softsign(), lambda x: x / (1 + np.abs(x))),
    (a.SiLU(), lambda x: x * sigmoid(x)),
    (a.HardSiLU(), lambda x: x * np.clip(x + 3, 0, 6) / 6),
    (a.Mish(), lambda x: x * np.tanh(np.logaddexp(0, x))),
    (a.Exponential(), np.exp),
]


def case_id(value: object) -> str:
    """A layer by its type and attributes; functions say nothing that is the same in every process."""
    return "" if callable(value) else f"{type(value).__name__} {value}"[:60]


@pytest.mark.parametrize(("layer", "function"), ACTIVATIONS, ids=case_id)
def test_activation(layer: Layer, function: Callable[[Array], Array]) -> None:
    compare(layer, IMAGE, lambda x, _: function(x))


@pytest.mark.parametrize(("layer", "function"), ACTIVATIONS, ids=case_id)
def test_an_inline_activation_is_the_same_function(layer: Layer, function: Callable[[Array], Array]) -> None:
    runtime.framework()
    import keras

    word = inline_activation(layer)
    if word is not None:
        with exact_functions():
            found = keras.activations.get(word)(keras.ops.convert_to_tensor(IMAGE, "float64"))
        np.testing.assert_allclose(np.asarray(found), function(IMAGE), rtol=1e-11, atol=1e-12)


def test_what_can_be_inlined() -> None:
    words = {name for name, layer in a.ACTIVATIONS.items() if inline_activation(layer)}
    assert words == set(a.ACTIVATIONS) - {"linear"}
    assert inline_activation(a.ReLU(max_value=6)) == "relu6"
    assert inline_activation(a.SiLU()) == "silu"
    assert inline_activation(a.HardSiLU()) == "hard_silu"
    for layer in (
        a.LeakyReLU(),
        a.GELU(approximate=True),
        a.ELU(alpha=0.5),
        a.Softmax(axis=1),
        a.PReLU(),
        Flatten(),
    ):
        assert inline_activation(layer) is None


ROUNDED: list[tuple[Layer, str]] = [
    (a.LeakyReLU(), "layers.LeakyReLU()(x)"),
    (a.LeakyReLU(negative_slope=0.1), "layers.LeakyReLU(negative_slope=0.1)(x)"),
    (a.LeakyReLU(negative_slope=-0.1), "ops.leaky_relu(x, negative_slope=-0.1)"),
    (a.ReLU(negative_slope=0.1), "layers.ReLU(negative_slope=0.1)(x)"),
    (a.GELU(), "layers.Activation('gelu')(x)"),
    (a.GELU(approximate=True), "ops.gelu(x, approximate=True)"),
    (UpSampling2D(size=(2, 3), interpolation="bilinear"), "layers.UpSampling2D((2, 3), interpolation='bilinear')(x)"),
    (Resizing(height=3, width=11), "layers.Resizing(3, 11)(x)"),
]
"""Layers that TensorFlow rounds to float32, as Keras writes them."""


@pytest.mark.parametrize(("layer", "text"), ROUNDED, ids=case_id)
def test_keras_still_rounds_in_float64_and_parity_does_not(layer: Layer, text: str) -> None:
    """Once this fails, Keras computes the layer in float64: its function in `archspec_tensorflow.exact` can go."""
    assert shown(layer, *SHAPES) == [text]
    graph = single(layer, *SHAPES)
    assert inexact(graph) == ("layer",)
    model, _ = load(graph)
    exact = runtime.run(graph, model, {"a": IMAGE})["result"]
    own = np.asarray(model([IMAGE], training=False))
    difference = np.abs(own - exact).max() / np.abs(exact).max()
    assert own.dtype == exact.dtype == np.float64
    assert 1e-11 < difference < 1e-6


@pytest.mark.parametrize(
    "layer",
    [
        a.LeakyReLU(negative_slope=0.25),
        a.ReLU(),
        a.ReLU(negative_slope=0.1, threshold=1.0),
        Resizing(height=2, width=3, interpolation="nearest"),
    ],
    ids=case_id,
)
def test_layers_that_keras_does_not_round_are_its_own(layer: Layer) -> None:
    graph = single(layer, *SHAPES)
    assert inexact(graph) == ()
    model, _ = load(graph)
    np.testing.assert_array_equal(runtime.run(graph, model, {"a": IMAGE})["result"], np.asarray(model([IMAGE])))


@pytest.mark.parametrize(("layer", "text"), ROUNDED, ids=case_id)
def test_float32_is_keras_own(layer: Layer, text: str) -> None:
    graph = single(layer, *SHAPES)
    model, _ = load(graph, dtype="float32")
    inputs = IMAGE.astype("float32")
    np.testing.assert_array_equal(runtime.run(graph, model, {"a": inputs})["result"], np.asarray(model([inputs])))


@pytest.mark.parametrize("shared", [None, [1, 2]], ids=str)
def test_prelu(shared: list[int] | None) -> None:
    compare(a.PReLU(shared_axes=shared), IMAGE, lambda x, w: np.where(x > 0, x, w["alpha"] * x))


@pytest.mark.parametrize("shape", [(6,), (5, 6), (4, 5, 6)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_dense(shape: tuple[int, ...], bias: bool) -> None:
    inputs = np.resize(IMAGE, (2, *shape))
    compare(Dense(units=3, use_bias=bias), inputs, lambda x, w: x @ w["kernel"] + w.get("bias", 0.0))


@pytest.mark.parametrize("shape", [(6,), (4, 5, 6)], ids=str)
@pytest.mark.parametrize("attributes", [{}, {"center": False}, {"scale": False, "epsilon": 1e-5}], ids=str)
def test_batch_normalization(shape: tuple[int, ...], attributes: dict[str, Any]) -> None:
    layer = BatchNormalization(**attributes)

    def expected(x: Array, w: Any) -> Array:
        scaled = (x - w["moving_mean"]) / np.sqrt(w["moving_variance"] + layer.epsilon)
        return scaled * w.get("gamma", 1.0) + w.get("beta", 0.0)

    compare(layer, np.resize(IMAGE, (2, *shape)), expected)


def test_scale() -> None:
    compare(Scale(), IMAGE, lambda x, w: x * w["gamma"] + w["beta"])
    assert shown(Scale(gamma_initializer="zeros"), (4, 5, 6)) == ["Scale(gamma_initializer='zeros')(x)"]


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_local_response_normalization(size: int) -> None:
    def expected(x: Array, _: object) -> Array:
        found = np.empty_like(x)
        for channel in range(x.shape[-1]):
            around = x[..., max(channel - size // 2, 0) : channel + size // 2 + 1]
            found[..., channel] = x[..., channel] / (1.5 + 0.1 * (around**2).sum(-1)) ** 0.6
        return found

    compare(LocalResponseNormalization(size=size, alpha=0.1, beta=0.6, bias=1.5), IMAGE, expected)


def test_shapes() -> None:
    compare(Flatten(), IMAGE, lambda x, _: x.reshape(2, -1))
    compare(Reshape(target_shape=[-1, 12]), IMAGE, lambda x, _: x.reshape(2, 10, 12))
    padding = ((1, 0), (2, 3))
    compare(ZeroPadding2D(padding=padding), IMAGE, lambda x, _: np.pad(x, ((0, 0), *padding, (0, 0))))


@pytest.mark.parametrize("layer", [Dropout(rate=0.5), SpatialDropout2D(rate=0.5)], ids=str)
def test_dropout(layer: Layer) -> None:
    compare(layer, IMAGE, lambda x, _: x)
    model, _ = load(single(layer, IMAGE.shape[1:]))
    kept = np.asarray(model({"a": IMAGE}, training=True)) != 0
    assert 0 < kept.mean() < 1
    if isinstance(layer, SpatialDropout2D):
        assert (kept.all((1, 2)) | ~kept.any((1, 2))).all()


MERGES: list[tuple[Layer, Callable[..., Array]]] = [
    (Add(), lambda *x: sum(x)),
    (Multiply(), lambda *x: math.prod(x)),
    (Average(), lambda *x: sum(x) / len(x)),
    (Maximum(), lambda *x: np.max(np.broadcast_arrays(*x), axis=0)),
    (Minimum(), lambda *x: np.min(np.broadcast_arrays(*x), axis=0)),
]


def merged(layer: Layer, *inputs: Array) -> Array:
    graph = single(layer, *(array.shape[1:] for array in inputs))
    model, _ = load(graph)
    return runtime.run(graph, model, dict(zip("abc", inputs, strict=False)))["result"]


@pytest.mark.parametrize(("layer", "function"), MERGES, ids=case_id)
@pytest.mark.parametrize("shapes", [[(4, 5, 6)] * 2, [(4, 5, 6)] * 3, [(4, 5, 6), (1, 1, 6)]], ids=str)
def test_merge(layer: Layer, function: Callable[..., Array], shapes: list[tuple[int, ...]]) -> None:
    random = np.random.default_rng(11)
    inputs = [random.normal(size=(2, *shape)) for shape in shapes]
    np.testing.assert_allclose(merged(layer, *inputs), function(*inputs), rtol=1e-13, atol=1e-14)


def test_subtract_and_concatenate() -> None:
    np.testing.assert_array_equal(merged(Subtract(), IMAGE, 2 * IMAGE), -IMAGE)
    np.testing.assert_array_equal(merged(Concatenate(), IMAGE, -IMAGE), np.concatenate([IMAGE, -IMAGE], -1))
    np.testing.assert_array_equal(merged(Concatenate(axis=1), IMAGE, -IMAGE), np.concatenate([IMAGE, -IMAGE], 1))
    assert shown(Concatenate(axis=3), (4, 5, 6), (4, 5, 6)) == ["layers.Concatenate()(x)"]


def test_every_layer_has_a_row() -> None:
    primitive = {kind for kind in layer_types().values() if issubclass(kind, Layer)} - {a.Activation}
    assert primitive - set(ROWS) == set()


def test_a_layer_without_a_row_says_where_it_belongs() -> None:
    class Rotate(a.Elementwise):
        """Nothing that this backend has heard of."""

    with pytest.raises(EmitError, match=r"Rotate.*archspec_tensorflow\.rows"):
        row_for(Rotate())
