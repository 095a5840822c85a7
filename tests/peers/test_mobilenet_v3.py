"""MobileNets of the third version: torchvision's with their own weights."""

from __future__ import annotations

import pytest

from archspec import list_networks, load
from tests.peers.settled import assert_same
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import assert_variant, build_peer

NAMES = list_networks("mobilenet_v3_*")
RUN_ALWAYS = ("mobilenet_v3_small",)


@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in RUN_ALWAYS])
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALL), build_peer(name), assert_same)
