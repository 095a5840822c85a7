"""The ResNet-101 of a TensorFlow tutorial, built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, assert_variant, build_twin, without_values


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


@pytest.mark.slow
def test_is_the_tensorflow_network() -> None:
    depths = [1, 2, 1, 1]
    network = load("resnet101_unstrided", params={"depths": depths}, inputs={"image": (64, 64, 3)})
    assert_same(network, build_twin(network, lambda layers, x: resnet101_unstrided(layers, x, depths)))


def test_has_the_weights_of_the_tensorflow_network() -> None:
    network = load("resnet101_unstrided")
    assert network.parameters() == (13_792_835, 13_743_939)
    with without_values():
        twin = build_twin(network, lambda layers, x: resnet101_unstrided(layers, x, [3, 4, 23, 3]))
    assert_variant(network, twin)
