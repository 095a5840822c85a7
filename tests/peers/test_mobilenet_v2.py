"""MobileNet v2: torchvision's with its own weights, and the one of keras.applications."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import build_application
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import build_peer


def test_is_torchvisions_network() -> None:
    torchvision_peer.assert_same(load("mobilenet_v2", inputs=SMALL), build_peer("mobilenet_v2"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [64, 75])
def test_is_the_network_of_keras_applications(size: int) -> None:
    network = load("mobilenet_v2_keras", inputs={"image": (size, size, 3)})
    twin = build_application(network, "MobileNetV2", classifier_activation=None)
    assert network.parameters() == twin.parameters()
    keras_peer.assert_same(network, twin)
