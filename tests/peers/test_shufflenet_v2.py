"""ShuffleNets of the second version: torchvision's with their own weights."""

from __future__ import annotations

import pytest

from archspec import list_networks, load
from tests.marks import slow_but
from tests.peers.settled import assert_same
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import assert_variant, build_peer

NAMES = list_networks("shufflenet_v2_*")
RUN_ALWAYS = ("shufflenet_v2_x0_5",)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, NAMES))
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALL), build_peer(name), assert_same)
