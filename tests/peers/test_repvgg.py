"""RepVGG: timm's, with its own weights, before and after its blocks become one convolution each."""

from __future__ import annotations

import numpy as np
import pytest

from archspec import list_networks, load
from archspec.weights import randomised
from tests.marks import slow_but
from tests.peers.settled import assert_same
from tests.peers.sizes import SMALL
from tests.peers.timm_peer import build_peer
from tests.peers.torchvision_peer import assert_variant

pytest.importorskip("torch")

NAMES = list_networks("repvgg_*")
RUN_ALWAYS = ("repvgg_a0",)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_timms_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, NAMES))
def test_has_timms_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALL), build_peer(name), assert_same)


def test_merged_blocks_are_timms() -> None:
    """timm merges them in place, and calls the convolutions `reparam_conv`."""
    from archspec_torch.weights import to_native

    network = load("repvgg_a0", inputs=SMALL)
    weights = randomised(network.graph, 1)
    peer = build_peer("repvgg_a0").to_empty(device="cpu")
    peer.load_state_dict(to_native(network.graph, weights), strict=False)
    from timm.utils import reparameterize_model  # it can be imported behind the peer

    expected = {name: tensor.numpy() for name, tensor in reparameterize_model(peer).state_dict().items()}
    optimized = network.optimize(weights)
    found = to_native(optimized.network.graph, optimized.weights)
    assert {name.replace("conv_kxk.conv", "reparam_conv") for name in found} == expected.keys()
    for name, tensor in found.items():
        theirs = expected[name.replace("conv_kxk.conv", "reparam_conv")]
        assert np.abs(tensor.numpy() - theirs).max() < 1e-12 * np.abs(theirs).max(), name
