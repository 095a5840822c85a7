"""VGG: torchvision's networks with their own weights, and the two of the paper that torchvision has not."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.marks import slow_but
from tests.peers import keras_peer
from tests.peers.keras_peer import Layers, build_twin
from tests.peers.local_response_norm import local_response_norm
from tests.peers.torchvision_peer import assert_same, build_peer

TORCHVISION = ("vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn")


@pytest.mark.slow
@pytest.mark.parametrize("name", TORCHVISION)
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name), build_peer(name))


def vgg(layers: Layers, x: Any, depths: tuple[int, ...], kernels: tuple[int, ...], lrn: bool) -> Any:
    for stage, (depth, filters) in enumerate(zip(depths, (64, 128, 256, 512, 512), strict=True)):
        for kernel in kernels[:depth]:
            x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(local_response_norm(x) if lrn and stage == 0 else x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return layers.Dense(1000)(x)


@pytest.mark.slow
def test_c_ends_its_stages_with_a_pointwise_convolution() -> None:
    network = load("vgg_c")
    twin = build_twin(network, lambda layers, x: vgg(layers, x, (2, 2, 3, 3, 3), (3, 3, 1), lrn=False))
    keras_peer.assert_same(network, twin)


@pytest.mark.parametrize("size", slow_but([32], [32, 224]))
def test_a_lrn_normalises_the_responses_of_the_first_stage(size: int) -> None:
    network = load("vgg_a_lrn", inputs={"image": (size, size, 3)})
    twin = build_twin(network, lambda layers, x: vgg(layers, x, (1, 1, 2, 2, 2), (3, 3), lrn=True))
    keras_peer.assert_same(network, twin)
