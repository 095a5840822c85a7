"""ZFNet: pytorchcv's with its own weights, and the Keras one built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import Layers, build_twin, without_values
from tests.peers.pytorchcv_peer import build_peer


def test_has_pytorchcvs_layers() -> None:
    torchvision_peer.assert_variant(load("zfnet"), build_peer("zfnet"))


def zfnet_keras(layers: Layers, x: Any) -> Any:
    x = layers.MaxPooling2D(3, strides=2)(layers.Conv2D(96, 7, strides=2, activation="relu")(x))
    x = layers.Conv2D(256, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    for filters in (384, 384, 256):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D(3, strides=2)(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return layers.Dense(1000, activation="softmax")(x)


@pytest.mark.slow
def test_is_the_keras_network() -> None:
    network = load("zfnet_keras", inputs={"image": (67, 67, 3)})
    keras_peer.assert_same(network, build_twin(network, zfnet_keras))


def test_has_the_weights_of_the_keras_network() -> None:
    network = load("zfnet_keras")
    assert network.parameters() == (62_357_608, 62_357_608)
    with without_values():
        twin = build_twin(network, zfnet_keras)
    keras_peer.assert_variant(network, twin)
