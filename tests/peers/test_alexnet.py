"""AlexNet: torchvision's with its own weights, the others built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.marks import rows_but
from tests.peers import torchvision_peer
from tests.peers.keras_peer import Layers, compare_in_numbers, compare_weights
from tests.peers.local_response_norm import local_response_norm


def test_has_torchvisions_layers() -> None:
    network = load("alexnet")
    assert network.parameters() == (61_100_840, 61_100_840)
    torchvision_peer.assert_variant(network, torchvision_peer.build_peer("alexnet"))


def alexnet(layers: Layers, x: Any, columns: int, normalise: bool) -> Any:
    x = layers.Conv2D(96, 11, strides=4, activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(local_response_norm(x) if normalise else x)
    x = layers.Conv2D(256, 5, padding="same", groups=columns, activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(local_response_norm(x) if normalise else x)
    x = layers.Conv2D(384, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(384, 3, padding="same", groups=columns, activation="relu")(x)
    x = layers.Conv2D(256, 3, padding="same", groups=columns, activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D(3, strides=2)(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return layers.Dense(1000, activation="softmax")(x)


def alexnet_keras(layers: Layers, x: Any) -> Any:
    return alexnet(layers, x, 1, normalise=False)


def alexnet_paper(layers: Layers, x: Any) -> Any:
    return alexnet(layers, x, 2, normalise=True)


@pytest.mark.parametrize("build", rows_but((), [alexnet_paper], [alexnet_paper, alexnet_keras]))
def test_is_the_keras_network(build: Any) -> None:
    compare_in_numbers(build.__name__, build, params={"size": 67})


@pytest.mark.parametrize("build", [alexnet_paper, alexnet_keras])
def test_has_the_weights_of_the_keras_network(build: Any) -> None:
    compare_weights(build.__name__, build)
