"""Xception: timm's with its own weights, and keras.applications'."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers import timm_peer
from tests.peers.keras_peer import compare_application, compare_application_weights
from tests.peers.torchvision_peer import assert_same, assert_variant

SMALL = {"image": (71, 71, 3)}


@pytest.mark.slow
def test_is_timms_network() -> None:
    assert_same(load("xception", inputs=SMALL), timm_peer.build_peer("legacy_xception"))


def test_has_timms_layers() -> None:
    assert_variant(load("xception", inputs=SMALL), timm_peer.build_peer("legacy_xception"))


@pytest.mark.slow
def test_is_the_network_of_keras_applications() -> None:
    compare_application(load("xception_keras", inputs=SMALL), "Xception")


def test_has_the_weights_of_keras_applications() -> None:
    compare_application_weights(load("xception_keras", inputs=SMALL), "Xception")


@pytest.mark.parametrize("name", ["xception", "xception_keras"])
def test_backbone_gives_its_stages(name: str) -> None:
    outputs = load(name, outputs="stages").outputs
    assert {stage: value.shape for stage, value in outputs.items()} == {
        "stride4": (74, 74, 128),
        "stride8": (37, 37, 256),
        "stride16": (19, 19, 728),
        "stride32": (10, 10, 2048),
    }
