"""U-Net: the one of figure 1 of the paper, built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, assert_variant, build_twin, without_values

FILTERS = (64, 128, 256, 512)


def level(layers: Layers, x: Any, filters: int) -> Any:
    x = layers.Conv2D(filters, 3, activation="relu")(x)
    return layers.Conv2D(filters, 3, activation="relu")(x)


def unet(layers: Layers, x: Any, widths: list[int]) -> Any:
    skipped = []
    for filters in widths[:-1]:
        x = level(layers, x, filters)
        skipped.append(layers.Dropout(0.5)(x) if filters == widths[-2] else x)
        x = layers.MaxPooling2D()(skipped[-1])
    x = layers.Dropout(0.5)(level(layers, x, widths[-1]))
    for filters, fine in zip(reversed(widths[:-1]), reversed(skipped), strict=True):
        x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
        margin = (fine.shape[1] - x.shape[1]) // 2
        x = level(layers, layers.Concatenate()([layers.Cropping2D(margin)(fine), x]), filters)
    return layers.Conv2D(2, 1)(x)


def test_maps_are_those_of_the_paper() -> None:
    network = load("unet")
    shapes = {path: node.type.shape for path, node in network.graph.by_path.items()}
    levels = [shapes[f"down{number}.conv2"] for number in (1, 2, 3, 4)]
    assert levels == [(568, 568, 64), (280, 280, 128), (136, 136, 256), (64, 64, 512)]
    assert shapes["bottom.conv2"] == (28, 28, 1024)
    levels = [shapes[f"up{number}.level.conv2"] for number in (4, 3, 2, 1)]
    assert levels == [(52, 52, 512), (100, 100, 256), (196, 196, 128), (388, 388, 64)]
    assert network.outputs["scores"].shape == (388, 388, 2)


def test_has_the_parameters_of_the_paper() -> None:
    """Counted by hand: each convolution of n by n has (n * n * channels + 1) * filters."""
    down = [(9 * before + 1) * f + (9 * f + 1) * f for before, f in zip((1, *FILTERS), (*FILTERS, 1024), strict=True)]
    up = [(4 * 2 * f + 1) * f + (9 * 2 * f + 1) * f + (9 * f + 1) * f for f in FILTERS]
    assert load("unet").parameters().total == sum(down) + sum(up) + (64 + 1) * 2 == 31_030_658


def widths(first: int) -> list[int]:
    return [first << level for level in range(5)]


@pytest.mark.slow
def test_is_the_network_of_the_paper() -> None:
    """At the smallest image that leaves anything, and an eighth as wide."""
    network = load("unet", params={"width": 8}, inputs={"image": (188, 188, 1)})
    assert_same(network, build_twin(network, lambda layers, x: unet(layers, x, widths(8))))


def test_has_the_weights_of_the_network_of_the_paper() -> None:
    network = load("unet", inputs={"image": (188, 188, 1)})
    with without_values():
        twin = build_twin(network, lambda layers, x: unet(layers, x, widths(64)))
    assert_variant(network, twin)
