"""Convolutions and pooling: what the rows write, and that it computes what the language says."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from archspec.ir import Shape
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.program.calls import GENERAL
from tests.conformance.cases import conv, pool
from tests.marks import slow_but
from tests.unit.tensorflow_backend.keras_models import compare, load, shown, single

RANDOM = np.random.default_rng(7)

CONVOLUTIONS = [
    {"kernel_size": 3},
    {"kernel_size": 3, "strides": 2, "padding": 1},
    {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"kernel_size": [3, 2], "strides": [1, 2], "padding": [[0, 2], [1, 0]]},
    {"kernel_size": 3, "dilation_rate": 2, "padding": "same"},
    {"kernel_size": 3, "dilation_rate": [1, 2]},
    {"kernel_size": 3, "strides": 2, "dilation_rate": 2, "padding": 2},
    {"kernel_size": 3, "strides": [2, 1], "dilation_rate": [1, 2], "padding": "same"},
    {"kernel_size": [1, 3], "strides": 2, "dilation_rate": [2, 1]},
    {"kernel_size": 1, "strides": 3, "use_bias": False},
    {"kernel_size": 4, "padding": "same"},
    {"kernel_size": 3, "strides": [2, 4], "padding": 1},
]


@pytest.mark.parametrize("attributes", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("groups", slow_but([1, 2], [1, 2, 4]))
def test_convolution(attributes: dict[str, Any], groups: int) -> None:
    layer = Conv2D(filters=8, groups=groups, **attributes)
    inputs = RANDOM.normal(size=(2, 9, 8, 4))
    meant = partial(conv.conv2d, filters=8, groups=groups, **attributes)
    compare(layer, inputs, lambda x, weights: meant(x, weights=weights))


@pytest.mark.parametrize("attributes", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_convolution(attributes: dict[str, Any], multiplier: int) -> None:
    layer = DepthwiseConv2D(depth_multiplier=multiplier, **attributes)
    inputs = RANDOM.normal(size=(2, 9, 8, 4))
    meant = partial(conv.depthwise_conv2d, depth_multiplier=multiplier, **attributes)
    compare(layer, inputs, lambda x, weights: meant(x, weights=weights))


POOLS = [
    {},
    {"pool_size": 3, "strides": 2},
    {"pool_size": 3, "strides": 2, "padding": 1},
    {"pool_size": 3, "strides": 2, "padding": "same"},
    {"pool_size": 3, "strides": 2, "ceil_mode": True},
    {"pool_size": 3, "strides": 2, "padding": 1, "ceil_mode": True},
    {"pool_size": 3, "strides": 1, "padding": 1},
    {"pool_size": [2, 3], "strides": [3, 2], "padding": [[0, 1], [2, 0]], "ceil_mode": True},
    {"pool_size": 2, "strides": 3, "ceil_mode": True},
    {"pool_size": 4, "strides": 3, "padding": [[1, 0], [0, 2]]},
]


@pytest.mark.parametrize("size", [(8, 8), (9, 7)], ids=str)
@pytest.mark.parametrize("attributes", POOLS, ids=str)
def test_max_pooling(attributes: dict[str, Any], size: tuple[int, int]) -> None:
    layer = MaxPooling2D(**attributes)
    compare(layer, RANDOM.normal(size=(2, *size, 3)) - 3, lambda x, _: pool.max_pooling(x, **attributes))
    positive = RANDOM.uniform(size=(2, *size, 3))
    compare(layer, positive, lambda x, _: pool.max_pooling(x, **attributes), frozenset({"nonnegative"}))


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (9, 7)], ids=str)
@pytest.mark.parametrize("attributes", POOLS, ids=str)
def test_average_pooling(attributes: dict[str, Any], size: tuple[int, int], counted: bool) -> None:
    layer = AveragePooling2D(count_include_pad=counted, **attributes)
    compare(
        layer,
        RANDOM.normal(size=(2, *size, 3)),
        lambda x, _: pool.average_pooling(x, count_include_pad=counted, **attributes),
    )


@pytest.mark.parametrize("size", [(8, 8), (9, 9), (8, 9)], ids=str)
def test_pooling_that_rounds_up_is_right_for_all_sizes(size: tuple[int, int]) -> None:
    attributes = {"pool_size": 3, "strides": 2, "ceil_mode": True}
    largest, average, facts = MaxPooling2D(**attributes), AveragePooling2D(**attributes), frozenset({GENERAL})
    assert shown(largest, (*size, 4), facts=facts) == shown(largest, (8, 8, 4), facts=facts)
    inputs = RANDOM.normal(size=(2, *size, 4))
    compare(largest, inputs, lambda x, _: pool.max_pooling(x, **attributes), facts)
    compare(average, inputs, lambda x, _: pool.average_pooling(x, **attributes), facts)


@pytest.mark.parametrize("output", [1, 4, (7, 2), (14, 13), (20, 5)], ids=str)
@pytest.mark.parametrize("size", [(14, 14), (13, 10), (1, 1)], ids=str)
def test_adaptive_pooling(size: tuple[int, int], output: int | tuple[int, int]) -> None:
    inputs = RANDOM.normal(size=(2, *size, 3))
    average, largest = AdaptiveAveragePooling2D(output_size=output), AdaptiveMaxPooling2D(output_size=output)
    for facts in (frozenset[str](), frozenset({GENERAL})):
        compare(average, inputs, lambda x, _: pool.adaptive_average_pooling(x, output_size=output), facts)
        compare(largest, inputs, lambda x, _: pool.adaptive_max_pooling(x, output_size=output), facts)


@pytest.mark.parametrize("keepdims", [False, True])
def test_global_pooling(keepdims: bool) -> None:
    inputs = RANDOM.normal(size=(2, 3, 5, 4))
    compare(GlobalAveragePooling2D(keepdims=keepdims), inputs, lambda x, _: x.mean((1, 2), keepdims=keepdims))
    compare(GlobalMaxPooling2D(keepdims=keepdims), inputs, lambda x, _: x.max((1, 2), keepdims=keepdims))


WRITTEN = [
    (Conv2D(filters=64, kernel_size=3), (8, 8, 4), ["layers.Conv2D(64, 3)(x)"]),
    (
        Conv2D(filters=64, kernel_size=7, strides=2, padding=3, use_bias=False),
        (224, 224, 3),
        ["layers.ZeroPadding2D(3)(x)", "layers.Conv2D(64, 7, strides=2, use_bias=False)(x)"],
    ),
    (
        Conv2D(filters=64, kernel_size=3, padding=1),
        (8, 8, 4),
        ["layers.Conv2D(64, 3, padding='same')(x)"],
    ),
    (
        Conv2D(filters=64, kernel_size=3, strides=2, padding=1),
        (7, 7, 4),
        ["layers.Conv2D(64, 3, strides=2, padding='same')(x)"],
    ),
    (
        Conv2D(filters=64, kernel_size=3, strides=2, padding=1),
        (8, 8, 4),
        ["layers.ZeroPadding2D(1)(x)", "layers.Conv2D(64, 3, strides=2)(x)"],
    ),
    (
        Conv2D(filters=64, kernel_size=(1, 3), padding=[0, 2]),
        (8, 8, 4),
        ["layers.ZeroPadding2D((0, 2))(x)", "layers.Conv2D(64, (1, 3))(x)"],
    ),
    (
        Conv2D(filters=64, kernel_size=3, strides=(2, 1), dilation_rate=2, padding=2),
        (8, 8, 4),
        ["layers.Conv2D(64, 3, padding='same', dilation_rate=2)(x)", "x[:, ::2]"],
    ),
    (
        DepthwiseConv2D(kernel_size=3, strides=(1, 2), padding=1),
        (8, 8, 4),
        ["layers.DepthwiseConv2D(3, padding='same')(x)", "x[:, :, ::2]"],
    ),
    (MaxPooling2D(), (8, 8, 4), ["layers.MaxPooling2D(2)(x)"]),
    (
        MaxPooling2D(pool_size=3, strides=2, ceil_mode=True),
        (8, 8, 4),
        ["layers.MaxPooling2D(3, strides=2, padding='same')(x)"],
    ),
    (
        MaxPooling2D(pool_size=3, strides=2, padding=1),
        (8, 8, 4),
        [
            'ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=float("-inf"))',
            "layers.MaxPooling2D(3, strides=2)(x)",
        ],
    ),
    (
        AveragePooling2D(pool_size=3, strides=2, padding=1),
        (8, 8, 4),
        ["PaddedAveragePooling2D(3, strides=2, margins=((1, 1), (1, 1)))(x)"],
    ),
    (
        AveragePooling2D(pool_size=3, strides=2, padding=1, count_include_pad=True),
        (8, 8, 4),
        ["layers.ZeroPadding2D(1)(x)", "layers.AveragePooling2D(3, strides=2)(x)"],
    ),
    (AdaptiveAveragePooling2D(output_size=4), (14, 14, 4), ["layers.AdaptiveAveragePooling2D(4)(x)"]),
    (AdaptiveAveragePooling2D(output_size=7), (14, 14, 4), ["layers.AveragePooling2D(2)(x)"]),
    (AdaptiveMaxPooling2D(output_size=(1, 7)), (14, 14, 4), ["layers.MaxPooling2D((14, 2))(x)"]),
]


@pytest.mark.parametrize(("layer", "shape", "lines"), WRITTEN, ids=lambda value: str(value)[:60])
def test_what_is_written(layer: Conv2D, shape: Shape, lines: list[str]) -> None:
    assert shown(layer, shape) == lines


def test_zeros_may_pad_what_is_never_negative() -> None:
    layer = MaxPooling2D(pool_size=3, strides=2, padding=1)
    expected = ["layers.ZeroPadding2D(1)(x)", "layers.MaxPooling2D(3, strides=2)(x)"]
    assert shown(layer, (8, 8, 4), facts=frozenset({"nonnegative"})) == expected


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(filters=8, kernel_size=3, strides=2, groups=4, padding=1),
        Conv2D(filters=8, kernel_size=3, strides=2, dilation_rate=2, groups=2),
        DepthwiseConv2D(kernel_size=3, strides=(1, 2), dilation_rate=(1, 2), padding=1),
        AveragePooling2D(pool_size=3, strides=2, padding=1),
        AdaptiveAveragePooling2D(output_size=4),
        AdaptiveMaxPooling2D(output_size=4),
    ],
    ids=lambda layer: type(layer).__name__,
)
@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, True])
def test_gradients(layer: Conv2D, compiled: bool) -> None:
    """Grouped and dilated kernels have had no gradient on some CPUs: here they do, and it is the finite difference."""
    import tensorflow as tf

    inputs = RANDOM.normal(size=(1, 6, 7, 4))
    model, _ = load(single(layer, inputs.shape[1:]))

    def slope(x: object) -> object:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(model([x]) ** 2)
        return tape.gradient(loss, [x, *(weight.value for weight in model.trainable_variables)])

    found = (tf.function(slope) if compiled else slope)(tf.constant(inputs))
    assert all(gradient is not None for gradient in found)
    direction = RANDOM.normal(size=inputs.shape)
    step = 1e-6
    up, down = (np.sum(np.asarray(model([inputs + sign * step * direction])) ** 2) for sign in (1, -1))
    np.testing.assert_allclose(np.sum(found[0].numpy() * direction), (up - down) / (2 * step), rtol=1e-6)
