"""The ResNet-101 of a TensorFlow tutorial, built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, build_twin


def norm_relu(layers: Layers, x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(x))


def bottleneck(layers: Layers, x: Any, inner: int) -> Any:
    y = norm_relu(layers, layers.Conv2D(inner, 1)(x))
    y = norm_relu(layers, layers.Conv2D(inner, 3, padding="same")(y))
    y = layers.BatchNormalization()(layers.Conv2D(2 * inner, 1)(y))
    return layers.ReLU()(layers.Add()([y, norm_relu(layers, layers.Conv2D(2 * inner, 1)(x))]))


def resnet101_unstrided(layers: Layers, x: Any, depths: list[int]) -> Any:
    x = norm_relu(layers, layers.Conv2D(64, 7, strides=2, padding="same")(x))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for depth, inner in zip(depths, (32, 64, 128, 256), strict=True):
        for _ in range(depth):
            x = bottleneck(layers, x, inner)
    x = layers.Flatten()(layers.AveragePooling2D(7, strides=1)(x))
    return layers.Dense(3)(x)


@pytest.mark.parametrize(
    ("depths", "size"), [([1, 2, 1, 1], 64), pytest.param([3, 4, 23, 3], 227, marks=pytest.mark.slow)]
)
def test_is_the_tensorflow_network(depths: list[int], size: int) -> None:
    assert load("resnet101_unstrided").parameters() == (13_792_835, 13_743_939)
    network = load("resnet101_unstrided", params={"depths": depths}, inputs={"image": (size, size, 3)})
    twin = build_twin(network, lambda layers, x: resnet101_unstrided(layers, x, depths))
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)
