"""EfficientNet-Lite: timm's with their own weights."""

from __future__ import annotations

import pytest

from archspec import list_networks, load
from tests.peers.settled import assert_same
from tests.peers.timm_peer import build_peer
from tests.peers.torchvision_peer import assert_loads

NAMES = list_networks("efficientnet_lite?")
RUN_ALWAYS = ("efficientnet_lite0",)
SMALL = {"image": (64, 64, 3)}


@pytest.mark.parametrize("name", NAMES)
def test_takes_timms_state_dict(name: str) -> None:
    assert_loads(load(name), build_peer(f"tf_{name}"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in RUN_ALWAYS else pytest.mark.slow) for name in NAMES]
)
def test_is_timms_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(f"tf_{name}"))
