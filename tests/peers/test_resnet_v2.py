"""ResNets of version 2: those of keras.applications, weights by position."""

from __future__ import annotations

import pytest

from archspec import load
from tests.marks import slow_but
from tests.peers.keras_peer import compare_application, compare_application_weights
from tests.peers.sizes import SMALL

APPLICATIONS = {"resnet50_v2": "ResNet50V2", "resnet101_v2": "ResNet101V2", "resnet152_v2": "ResNet152V2"}
RUN_ALWAYS = ("resnet50_v2",)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_the_network_of_keras(name: str) -> None:
    compare_application(load(name, inputs=SMALL), APPLICATIONS[name])


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, APPLICATIONS))
def test_has_the_weights_of_keras(name: str) -> None:
    compare_application_weights(load(name, inputs=SMALL), APPLICATIONS[name])
