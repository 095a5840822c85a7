"""MobileNet, the first version: those of keras.applications."""

from __future__ import annotations

import pytest

from archspec import load
from tests.marks import slow_but
from tests.peers.keras_peer import assert_same, build_application

WIDTHS = {"mobilenet_v1": 1.0, "mobilenet_v1_x0_75": 0.75, "mobilenet_v1_x0_5": 0.5, "mobilenet_v1_x0_25": 0.25}
RUN_ALWAYS = ("mobilenet_v1_x0_25",)


@pytest.mark.parametrize("size", slow_but([75], [64, 75]))
@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, WIDTHS))
def test_is_the_network_of_keras_applications(name: str, size: int) -> None:
    network = load(name, inputs={"image": (size, size, 3)})
    twin = build_application(network, "MobileNet", alpha=WIDTHS[name], classifier_activation=None)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)
