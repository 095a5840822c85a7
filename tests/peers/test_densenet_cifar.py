"""Keras's DenseNet for CIFAR-10, built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import SpecError, load
from tests.peers.keras_peer import Layers, assert_same, assert_variant, build_twin, without_values


def densenet_cifar(layers: Layers, image: Any, depth: int, growth: int, bottleneck: bool, compression: float) -> Any:
    filters = 2 * growth
    x = layers.ReLU()(layers.BatchNormalization()(image))
    x = layers.Concatenate()([image, layers.Conv2D(filters, 3, padding="same")(x)])
    depth = (depth - 4) // (6 if bottleneck else 3)
    for stage in range(3):
        if stage > 0:
            filters = int((filters + depth * growth) * compression)
            x = layers.Conv2D(filters, 1)(layers.BatchNormalization()(x))
            x = layers.AveragePooling2D(2)(x)
        for _ in range(depth):
            y = x
            if bottleneck:
                y = layers.Conv2D(4 * growth, 1)(layers.ReLU()(layers.BatchNormalization()(y)))
            y = layers.Conv2D(growth, 3, padding="same")(layers.ReLU()(layers.BatchNormalization()(y)))
            x = layers.Concatenate()([x, y])
    x = layers.Flatten()(layers.AveragePooling2D(min(8, x.shape[1]))(x))
    return layers.Dense(10, activation="softmax")(x)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("depth", "growth", "bottleneck", "compression"),
    [
        (16, 12, True, 0.5),
        (13, 8, False, 1),
        (16, 7, True, 0.3),
    ],
)
def test_is_the_keras_network(depth: int, growth: int, bottleneck: bool, compression: float) -> None:
    params = {"depth": depth, "growth": growth, "bottleneck": bottleneck, "compression": compression}
    network = load("densenet_bc_100_12", params=params)
    twin = build_twin(network, lambda layers, x: densenet_cifar(layers, x, *params.values()))
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


def test_has_the_weights_of_the_keras_network() -> None:
    network = load("densenet_bc_100_12")
    assert network.parameters() == (797_788, 774_376)
    with without_values():
        twin = build_twin(network, lambda layers, x: densenet_cifar(layers, x, 100, 12, True, 0.5))
    assert_variant(network, twin)


def test_takes_small_gray_images() -> None:
    network = load("densenet_bc_100_12", params={"depth": 16}, inputs={"image": [8, 8, 1]})
    with without_values():
        twin = build_twin(network, lambda layers, x: densenet_cifar(layers, x, 16, 12, True, 0.5))
    assert network.parameters() == twin.parameters()
    assert_variant(network, twin)


@pytest.mark.parametrize(("depth", "bottleneck"), [(99, True), (41, False), (4, True)])
def test_other_depths_are_refused(depth: int, bottleneck: bool) -> None:
    with pytest.raises(SpecError, match="depth is 6n \\+ 4"):
        load("densenet_bc_100_12", params={"depth": depth, "bottleneck": bottleneck})
