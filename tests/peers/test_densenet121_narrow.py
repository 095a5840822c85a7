"""The DenseNet-121 of a TensorFlow tutorial, built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, assert_variant, build_twin, without_values


def dense_layer(layers: Layers, x: Any) -> Any:
    y = layers.Conv2D(128, 1)(layers.ReLU()(layers.BatchNormalization()(x)))
    y = layers.Conv2D(32, 3, padding="same")(layers.ReLU()(layers.BatchNormalization()(y)))
    return layers.Concatenate()([y, x])


def densenet121_narrow(layers: Layers, x: Any, depths: list[int]) -> Any:
    x = layers.MaxPooling2D()(layers.Conv2D(32, 5, strides=2)(x))
    for stage, depth in enumerate(depths):
        if stage > 0:
            x = layers.AveragePooling2D(2)(layers.Conv2D(64, 1)(layers.BatchNormalization()(x)))
        for _ in range(depth):
            x = dense_layer(layers, x)
    return layers.Dense(3)(layers.AveragePooling2D(7)(x))


@pytest.mark.slow
def test_is_the_tensorflow_network() -> None:
    depths = [1, 2, 1, 2]
    network = load("densenet121_narrow", params={"depths": depths})
    assert network.outputs["fc"].shape == (1, 1, 3)
    assert_same(network, build_twin(network, lambda layers, x: densenet121_narrow(layers, x, depths)))


def test_has_the_weights_of_the_tensorflow_network() -> None:
    network = load("densenet121_narrow")
    assert network.parameters() == (4_763_203, 4_707_779)
    with without_values():
        twin = build_twin(network, lambda layers, x: densenet121_narrow(layers, x, [6, 12, 24, 16]))
    assert_variant(network, twin)
