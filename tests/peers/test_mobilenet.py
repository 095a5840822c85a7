"""MobileNet, the first version: those of keras.applications."""

from __future__ import annotations

import pytest

from archspec import load
from tests.marks import slow_but
from tests.peers.keras_peer import assert_same, assert_variant, build_application, without_values

WIDTHS = {"mobilenet_v1": 1.0, "mobilenet_v1_x0_75": 0.75, "mobilenet_v1_x0_5": 0.5, "mobilenet_v1_x0_25": 0.25}
COMPARED = "mobilenet_v1_x0_25"


@pytest.mark.slow
@pytest.mark.parametrize("size", [64, 75])
def test_is_the_network_of_keras_applications(size: int) -> None:
    network = load(COMPARED, inputs={"image": (size, size, 3)})
    twin = build_application(network, "MobileNet", alpha=WIDTHS[COMPARED], classifier_activation=None)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


@pytest.mark.parametrize("name", slow_but([COMPARED], WIDTHS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    network = load(name, inputs={"image": (64, 64, 3)})
    with without_values():
        twin = build_application(network, "MobileNet", alpha=WIDTHS[name], classifier_activation=None)
    assert_variant(network, twin)
