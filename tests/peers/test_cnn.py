"""The CNN and the Y-network for MNIST, against the same networks built by hand in Keras."""

from __future__ import annotations

from typing import Any

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, build_twin


def cnn_mnist(layers: Layers, x: Any) -> Any:
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    return layers.Dense(10, activation="softmax")(x)


def y_network(layers: Layers, inputs: list[Any]) -> Any:
    towers = []
    for x, dilation in zip(inputs, (1, 2), strict=True):
        for filters in (32, 64, 128):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", dilation_rate=dilation)(x)
            x = layers.MaxPooling2D()(layers.Dropout(0.4)(x))
        towers.append(x)
    x = layers.Flatten()(layers.Concatenate()(towers))
    return layers.Dense(10, activation="softmax")(layers.Dropout(0.4)(x))


def test_cnn_mnist_is_the_functional_keras_network() -> None:
    network = load("cnn_mnist")
    twin = build_twin(network, cnn_mnist)
    assert network.parameters() == twin.parameters() == (80_266, 80_266)
    assert_same(network, twin)


def test_y_network_is_the_functional_keras_network() -> None:
    network = load("y_network")
    twin = build_twin(network, y_network)
    assert network.parameters() == twin.parameters() == (208_394, 208_394)
    assert_same(network, twin)
