"""MobileNets of the third version: torchvision's with their own weights, and those of keras.applications."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import list_networks, load
from tests.marks import rows_but, slow_but
from tests.peers.keras_peer import compare_application, compare_application_weights
from tests.peers.settled import assert_same
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import assert_variant, build_peer

APPLICATIONS = {"mobilenet_v3_small_keras": "MobileNetV3Small", "mobilenet_v3_large_keras": "MobileNetV3Large"}
NAMES = [name for name in list_networks("mobilenet_v3_*") if name not in APPLICATIONS]
RUN_ALWAYS = ("mobilenet_v3_small",)
TABLE = (pytest.mark.slow, pytest.mark.table)


@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in RUN_ALWAYS])
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALL), build_peer(name), assert_same)


@pytest.mark.parametrize("name", rows_but((), ["mobilenet_v3_small_keras"], APPLICATIONS))
def test_is_the_network_of_keras_applications(name: str) -> None:
    compare_application(load(name, inputs=SMALL), APPLICATIONS[name])


@pytest.mark.parametrize(
    ("params", "options"),
    [
        pytest.param(
            {"minimalistic": True, "preprocessed": False},
            {"minimalistic": True, "include_preprocessing": False},
            id="minimalistic",
        ),
        pytest.param({"width": 0.75}, {"alpha": 0.75}, id="narrow", marks=pytest.mark.slow),
        pytest.param({"width": 1.25}, {"alpha": 1.25}, id="wide", marks=TABLE),
        pytest.param({"activation": "softmax"}, {"classifier_activation": "softmax"}, id="softmax", marks=TABLE),
    ],
)
def test_is_the_network_of_keras_applications_by_params(params: dict[str, Any], options: dict[str, Any]) -> None:
    compare_application(load("mobilenet_v3_small_keras", inputs=SMALL, params=params), "MobileNetV3Small", **options)


@pytest.mark.parametrize("name", slow_but(["mobilenet_v3_small_keras"], APPLICATIONS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    compare_application_weights(load(name, inputs=SMALL), APPLICATIONS[name])
