"""MobileNet v2: torchvision's with its own weights, and the one of keras.applications."""

from __future__ import annotations

import pytest

from archspec import load
from tests.marks import rows_but
from tests.peers import torchvision_peer
from tests.peers.keras_peer import compare_application, compare_application_weights
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import build_peer


@pytest.mark.slow
def test_is_torchvisions_network() -> None:
    torchvision_peer.assert_same(load("mobilenet_v2", inputs=SMALL), build_peer("mobilenet_v2"))


def test_has_torchvisions_layers() -> None:
    torchvision_peer.assert_variant(load("mobilenet_v2", inputs=SMALL), build_peer("mobilenet_v2"))


@pytest.mark.parametrize("row", rows_but((), [(75, 0.35)], [(64, 1.0), (75, 0.35), (64, 1.4)]))
def test_is_the_network_of_keras_applications(row: tuple[int, float]) -> None:
    """Where an image of an odd size is halved, one more row and column are added."""
    size, width = row
    network = load("mobilenet_v2_keras", inputs={"image": (size, size, 3)}, params={"width": width})
    compare_application(network, "MobileNetV2", alpha=width)


def test_has_the_weights_of_keras_applications() -> None:
    compare_application_weights(load("mobilenet_v2_keras", inputs=SMALL), "MobileNetV2")
