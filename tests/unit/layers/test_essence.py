"""The functions of layers: equal for all ways of writing one, and different otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.ir import Essence, Layer
from archspec.layers import layer_types

IMAGE = (8, 8, 4)

Written = tuple[str, dict[str, Any]]


def essence(written: Written, read: tuple[int | None, ...] = IMAGE, gives: tuple[int, ...] = (1, 1, 4)) -> Any:
    kind, attributes = written
    layer = layer_types()[kind].model_validate(attributes)
    assert isinstance(layer, Layer)
    return layer.essence([read], gives)


CONV = {"filters": 4, "kernel_size": 3}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ReLU", {"negative_slope": 0.1}), ("LeakyReLU", {"negative_slope": 0.1})),
        (("ReLU", {"max_value": 6}), ("ReLU6", {})),
        (("Conv2D", {"filters": 4, "kernel_size": 1}), ("Dense", {"units": 4})),
        (("Conv2D", {**CONV, "padding": "same"}), ("Conv2D", {**CONV, "padding": 1, "use_bias": False})),
        (("AveragePooling2D", {"pool_size": 8}), ("GlobalAveragePooling2D", {"keepdims": True})),
        (("AdaptiveMaxPooling2D", {"output_size": 1}), ("GlobalMaxPooling2D", {})),
        (("MaxPooling2D", {"ceil_mode": True}), ("MaxPooling2D", {})),
        (("AveragePooling2D", {"count_include_pad": True}), ("AveragePooling2D", {})),
        (("BatchNormalization", {"axis": 3, "momentum": 0.5}), ("BatchNormalization", {"scale": False})),
        (("Dropout", {"rate": 0.5}), ("Linear", {})),
        (("Rescaling", {"scale": 1}), ("AdaptiveAveragePooling2D", {"output_size": 8})),
        (("Rescaling", {"scale": 0.224**2}), ("Rescaling", {"scale": 0.050176})),
    ],
)
def test_one_function_has_one_essence(one: Written, other: Written) -> None:
    assert essence(one) == essence(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ReLU", {"negative_slope": 0.1}), ("ReLU", {})),
        (("Conv2D", CONV), ("Conv2D", {**CONV, "dilation_rate": 2})),
        (("Conv2D", CONV), ("Conv2D", {**CONV, "groups": 2})),
        (("Conv2D", {**CONV, "strides": 2}), ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2})),
        (("MaxPooling2D", {"pool_size": 3, "ceil_mode": True}), ("MaxPooling2D", {"pool_size": 3})),
        (("AveragePooling2D", {"padding": 1, "count_include_pad": True}), ("AveragePooling2D", {"padding": 1})),
        (("BatchNormalization", {"epsilon": 1e-5}), ("BatchNormalization", {})),
        (("Conv2DTranspose", {**CONV, "strides": 2}), ("Conv2DTranspose", CONV)),
        (("Softmax", {}), ("Softmax", {"axis": 1})),
    ],
)
def test_other_functions_have_others(one: Written, other: Written) -> None:
    assert essence(one) != essence(other)


def test_only_sums_products_and_the_like_commute() -> None:
    commuting = {name for name, kind in layer_types().items() if issubclass(kind, Layer) and kind.commutes}
    assert commuting == {"Add", "Multiply", "Average", "Maximum", "Minimum"}


class Sharpen(Layer):
    """A third party's layer."""

    silent = frozenset({"note"})
    filters: int = 1
    momentum: float = 0.5
    axis: int = -1
    note: str = ""
    kernel_initializer: str = "zeros"


def test_a_third_partys_layer_says_its_own_attributes() -> None:
    """Its attributes count, whatever they mean in layers of the language."""
    plain = Sharpen(axis=3, note="a", kernel_initializer="ones").essence([IMAGE], IMAGE)
    assert plain == Essence("Sharpen", (("axis", -1), ("filters", 1), ("momentum", 0.5)))
    assert Sharpen().essence([IMAGE], IMAGE) == plain
    assert plain not in (each.essence([IMAGE], IMAGE) for each in (Sharpen(momentum=0.1), Sharpen(filters=2)))
