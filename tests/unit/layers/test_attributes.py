"""What layers accept from a document, how they say it afterwards, and what they answer to the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from archspec.ir.initializers import RandomNormal, VarianceScaling
from archspec.layers import find_layer, layer_types
from archspec.layers.activation import ACTIVATIONS


def make(layer_type: str, **attributes: Any) -> Any:
    kind = find_layer(layer_type)
    assert kind is not None
    return kind(**attributes)


NEEDED: dict[str, dict[str, Any]] = {
    "Conv2D": {"filters": 8, "kernel_size": 3},
    "DepthwiseConv2D": {"kernel_size": 3},
    "SeparableConv2D": {"filters": 8, "kernel_size": 3},
    "Dense": {"units": 8},
    "Activation": {"activation": "relu"},
    "Dropout": {"rate": 0.5},
    "SpatialDropout2D": {"rate": 0.5},
    "AdaptiveAveragePooling2D": {"output_size": 2},
    "AdaptiveMaxPooling2D": {"output_size": 2},
    "Reshape": {"target_shape": [2, -1]},
    "Conv2DTranspose": {"filters": 8, "kernel_size": 3},
    "Rescaling": {"scale": 0.5},
    "StochasticDepth": {"rate": 0.5},
    "Permute": {"dims": [2, 1]},
    "ChannelShuffle": {"groups": 2},
    "ChannelPadding": {"padding": 2},
    "Resizing": {"height": 4, "width": 6},
}
"""What has no default."""


@pytest.mark.parametrize("layer_type", layer_types())
def test_every_layer_survives_json(layer_type: str) -> None:
    layer = make(layer_type, **NEEDED.get(layer_type, {}))
    again = make(layer_type, **json.loads(layer.model_dump_json()))
    assert again == layer
    assert hash(again) == hash(layer)


@pytest.mark.parametrize("layer_type", layer_types())
def test_every_layer_is_documented(layer_type: str) -> None:
    assert layer_types()[layer_type].__doc__


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        ("same", "same"),
        ("VALID", "valid"),
        (3, ((3, 3), (3, 3))),
        ([1, 2], ((1, 1), (2, 2))),
        ([[0, 1], [2, 3]], ((0, 1), (2, 3))),
        ([1, [2, 3]], ((1, 1), (2, 3))),
    ],
)
def test_padding(given: object, meaning: object) -> None:
    assert make("Conv2D", filters=1, kernel_size=1, padding=given).padding == meaning


def test_windows_are_pairs() -> None:
    conv = make("Conv2D", filters=1, kernel_size=[3, 5], strides=2)
    assert (conv.kernel_size, conv.strides, conv.dilation_rate) == ((3, 5), (2, 2), (1, 1))


def test_pools_call_their_window_either_name_and_step_by_it() -> None:
    assert make("MaxPooling2D", kernel_size=3) == make("MaxPooling2D", pool_size=3, strides=3)
    assert make("MaxPooling2D").pool_size == (2, 2)
    with pytest.raises(ValidationError):
        make("MaxPooling2D", kernel_size=3, pool_size=3)


def test_keras_class_names_of_initializers() -> None:
    layer = make("Dense", units=1, kernel_initializer="HeNormal", bias_initializer="zero")
    assert (layer.kernel_initializer, layer.bias_initializer) == ("he_normal", "zeros")


@pytest.mark.parametrize(("value", "initializer"), [(0, "zeros"), (1.0, "ones"), (-4.6, -4.6), (2, 2.0)])
def test_a_number_is_an_initializer(value: float, initializer: str | float) -> None:
    layer = make("Conv2D", filters=1, kernel_size=1, bias_initializer=value)
    assert layer.bias_initializer == initializer
    assert type(layer.bias_initializer) is type(initializer)


def test_linear_is_no_activation() -> None:
    assert make("Dense", units=1, activation="linear").activation is None


def test_activation_stands_for_a_layer() -> None:
    assert make("Activation", activation="swish").primitive() == make("SiLU")
    assert ACTIVATIONS["leaky_relu"] == make("LeakyReLU", negative_slope=0.2)


@pytest.mark.parametrize(
    ("said", "shortest"),
    [
        ({"initializer": "variance_scaling", "scale": 2}, "he_normal"),
        ({"initializer": "VarianceScaling", "mode": "fan_avg", "distribution": "uniform"}, "glorot_uniform"),
        ("variance_scaling", "lecun_normal"),
        ({"initializer": "he_normal"}, "he_normal"),
        ({"initializer": "random_normal", "stddev": 0.05}, "random_normal"),
        ({"initializer": "orthogonal", "gain": 1}, "orthogonal"),
        ({"initializer": "random_normal", "stddev": 0.01}, RandomNormal(stddev=0.01)),
        ({"initializer": "variance_scaling", "mode": "fan_out"}, VarianceScaling(mode="fan_out")),
    ],
)
def test_an_initializer_has_one_form(said: object, shortest: object) -> None:
    layer = make("Conv2D", filters=1, kernel_size=1, kernel_initializer=said)
    assert layer.kernel_initializer == shortest
    assert make("Conv2D", **json.loads(layer.model_dump_json())) == layer
    assert make("Conv2D", **vars(layer)) == layer


def test_separable_convolution_is_made_of_two() -> None:
    depthwise, pointwise = make("SeparableConv2D", filters=8, kernel_size=3, strides=2, activation="relu").layers()
    names = [layer.pop("name") for layer in (depthwise, pointwise)]
    layers = [make(layer.pop("layer_type"), **layer) for layer in (depthwise, pointwise)]
    assert names == ["depthwise", "pointwise"]
    assert layers[0] == make("DepthwiseConv2D", kernel_size=3, strides=2, use_bias=False)
    assert layers[1] == make("Conv2D", filters=8, kernel_size=1, activation="relu")


@pytest.mark.parametrize(
    ("layer_type", "attribute", "value", "message"),
    [
        ("Conv2D", "filters", 0, "must be at least 1"),
        ("Conv2D", "filters", 2**31, "must be below 2147483648"),
        ("Conv2D", "filters", True, "must be a whole number"),
        ("Conv2D", "filters", 8.0, "must be a whole number"),
        ("Conv2D", "kernel_size", [3, 0], "must be at least 1"),
        ("Conv2D", "kernel_size", [3, 3, 3], "must be a whole number or [vertical, horizontal]"),
        ("Conv2D", "kernel_size", "3", "must be a whole number or [vertical, horizontal]"),
        (
            "Conv2D",
            "padding",
            "full",
            'must be "valid", "same", a whole number, [vertical, horizontal] or [[top, bottom], [left, right]]',
        ),
        ("Conv2D", "padding", -1, "must be at least 0"),
        ("Conv2D", "groups", 3, "must divide the 8 filters"),
        ("Conv2D", "activation", "rleu", 'no activation is called "rleu"'),
        ("Conv2D", "activation", 3, "must be the name of an activation"),
        ("Conv2D", "kernel_initializer", "he", 'no initializer is called "he"'),
        (
            "Conv2D",
            "kernel_initializer",
            True,
            "must be the name of an initializer, a number, or {initializer: NAME, ...} with parameters",
        ),
        ("Conv2D", "kernel_initializer", float("inf"), "must be a number that float32 can hold"),
        ("Conv2D", "bias_initializer", "Orthogonal", "can be orthogonal for kernels only"),
        ("PReLU", "alpha_initializer", "orthogonal", "can be orthogonal for kernels only"),
        ("PReLU", "alpha_initializer", "torch_default", "can be torch_default for kernels and biases only"),
        ("Dense", "bias_initializer", {"initializer": "orthogonal", "gain": 2}, "can be orthogonal for kernels only"),
        (
            "Dense",
            "bias_initializer",
            {"initializer": "random_normal", "stddev": 0},
            "`stddev` must be above 0 and at most 1e+30",
        ),
        ("Conv2D", "use_bias", 1, "must be true or false"),
        ("Dropout", "rate", 1, "must be at least 0 and below 1"),
        ("Dropout", "rate", float("nan"), "must be a number that float32 can hold"),
        ("Dropout", "rate", 10**400, "must be a number that float32 can hold"),
        ("Dropout", "rate", "0.5", "must be a number"),
        ("BatchNormalization", "epsilon", 0, "must be above 0"),
        ("BatchNormalization", "momentum", 1.5, "must be at least 0 and at most 1"),
        ("LocalResponseNormalization", "size", 4, "must be odd: as many channels on either side"),
        ("Softmax", "axis", 0, "must be an axis counted from 1, or from the end as -1"),
        ("PReLU", "shared_axes", [-1], "must be at least 1"),
        ("Permute", "dims", [0, 1], "must be a list of the axes from 1 on in another order, as [2, 1]"),
        ("Permute", "dims", [2, 2], "must be a list of the axes from 1 on in another order, as [2, 1]"),
        ("ChannelPadding", "padding", [1, 2, 3], "must be a whole number or two of them, as [before, after]"),
        ("ChannelPadding", "padding", -1, "must be at least 0"),
        ("Slice", "step", 0, "must be at least 1"),
        ("Slice", "start", 0.5, "must be a whole number"),
        ("Resizing", "interpolation", "bicubic", 'no interpolation is called "bicubic"'),
        ("StochasticDepth", "rate", 1, "must be at least 0 and below 1"),
        ("Conv2DTranspose", "output_padding", 1, "must be below the strides, (1, 1)"),
        ("Reshape", "target_shape", [-1, -1], "must be a list of whole numbers, of which one may be -1"),
        (
            "ZeroPadding2D",
            "padding",
            "same",
            "must be a whole number, [vertical, horizontal] or [[top, bottom], [left, right]]",
        ),
    ],
)
def test_what_is_refused(layer_type: str, attribute: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        make(layer_type, **{**NEEDED.get(layer_type, {}), attribute: value})
    (error,) = refusal.value.errors()
    assert (error["loc"], error["msg"]) == ((attribute,), message)


def test_a_refused_word_comes_with_those_that_exist() -> None:
    with pytest.raises(ValidationError) as refusal:
        make("Dense", units=1, activation="rleu")
    (error,) = refusal.value.errors()
    assert error["type"] == "unknown_word"
    assert "relu" in error["ctx"]["known"]


def test_unknown_names_are_none() -> None:
    assert find_layer("Conv2d") is None
