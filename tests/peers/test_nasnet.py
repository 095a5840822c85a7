"""NASNets: those of keras.applications, weights by position."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers.keras_peer import assert_same, build_application

APPLICATIONS = {"nasnet_mobile": "NASNetMobile", "nasnet_large": "NASNetLarge"}
SIZES = {"nasnet_mobile": 32, "nasnet_large": 44}
"""The smallest that Keras takes whose halves are odd and even where those of the network's own size are."""


@pytest.mark.parametrize("name", ["nasnet_mobile", pytest.param("nasnet_large", marks=pytest.mark.slow)])
def test_is_the_network_of_keras(name: str) -> None:
    network = load(name, params={"size": SIZES[name]})
    twin = build_application(network, APPLICATIONS[name], classifier_activation=None)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


def test_takes_images_of_other_sizes() -> None:
    for size in (57, 58, 59, 60, 224):
        for name in APPLICATIONS:
            assert load(name, params={"size": size}).outputs["predictions"].shape == (1000,)
