"""Xception: timm's with its own weights, and keras.applications'."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from archspec import load
from tests.peers import keras_peer, timm_peer
from tests.peers.keras_peer import Twin
from tests.peers.torchvision_peer import assert_same, assert_variant

if TYPE_CHECKING:
    import keras

SMALL = {"image": (71, 71, 3)}


@pytest.mark.slow
def test_is_timms_network() -> None:
    assert_same(load("xception", inputs=SMALL), timm_peer.build_peer("legacy_xception"))


def test_has_timms_layers() -> None:
    assert_variant(load("xception", inputs=SMALL), timm_peer.build_peer("legacy_xception"))


def shortcuts_last(twin: Twin) -> Twin:
    """Keras applies a shortcut before its block, we do behind it; only the layers of blocks have names of their own."""

    def block(layer: keras.Layer) -> str:
        return layer.name.partition("_")[0] if layer.name.startswith("block") else ""

    parts = [list(layers) for _, layers in groupby(twin.layers, key=block)]
    for index, part in enumerate(parts[:-1]):
        if not block(part[0]) and block(parts[index + 1][0]):
            parts[index : index + 2] = parts[index + 1], part
    return replace(twin, layers=[layer for part in parts for layer in part])


@pytest.mark.slow
def test_is_the_network_of_keras_applications() -> None:
    network = load("xception_keras", inputs=SMALL)
    twin = shortcuts_last(keras_peer.build_application(network, "Xception", classifier_activation=None))
    assert network.parameters() == twin.parameters()
    keras_peer.assert_same(network, twin)


@pytest.mark.parametrize("name", ["xception", "xception_keras"])
def test_backbone_gives_its_stages(name: str) -> None:
    outputs = load(name, outputs="stages").outputs
    assert {stage: value.shape for stage, value in outputs.items()} == {
        "stride4": (74, 74, 128),
        "stride8": (37, 37, 256),
        "stride16": (19, 19, 728),
        "stride32": (10, 10, 2048),
    }
