"""MobileNet v2: torchvision's with its own weights, and the one of keras.applications."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import build_application
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import build_peer


@pytest.mark.slow
def test_is_torchvisions_network() -> None:
    torchvision_peer.assert_same(load("mobilenet_v2", inputs=SMALL), build_peer("mobilenet_v2"))


def test_has_torchvisions_layers() -> None:
    torchvision_peer.assert_variant(load("mobilenet_v2", inputs=SMALL), build_peer("mobilenet_v2"))


@pytest.mark.slow
def test_is_the_network_of_keras_applications() -> None:
    network = load("mobilenet_v2_keras", inputs={"image": (75, 75, 3)})
    twin = build_application(network, "MobileNetV2", classifier_activation=None)
    assert network.parameters() == twin.parameters()
    keras_peer.assert_same(network, twin)
