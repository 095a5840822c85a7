"""MobileNet, the first version: those of keras.applications."""

from __future__ import annotations

import pytest

from archspec import load
from tests.marks import rows_but, slow_but
from tests.peers.keras_peer import compare_application, compare_application_weights
from tests.peers.sizes import SMALL

WIDTHS = {"mobilenet_v1": 1.0, "mobilenet_v1_x0_75": 0.75, "mobilenet_v1_x0_5": 0.5, "mobilenet_v1_x0_25": 0.25}
COMPARED = "mobilenet_v1_x0_25"


@pytest.mark.parametrize("size", rows_but((), [75], [64, 75]))
def test_is_the_network_of_keras_applications(size: int) -> None:
    network = load(COMPARED, inputs={"image": (size, size, 3)})
    compare_application(network, "MobileNet", alpha=WIDTHS[COMPARED])


def test_gives_probabilities_by_a_param() -> None:
    network = load(COMPARED, params={"activation": "softmax"}, inputs=SMALL)
    compare_application(network, "MobileNet", alpha=WIDTHS[COMPARED], classifier_activation="softmax")


@pytest.mark.parametrize("name", slow_but([COMPARED], WIDTHS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    compare_application_weights(load(name, inputs=SMALL), "MobileNet", alpha=WIDTHS[name])
