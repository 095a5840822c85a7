"""torchvision's deep networks, at weights that are drawn for what they meet.

With `torchvision_peer.train` values grow from block to block; where a gate reads them, rounding decides what is left:
in efficientnet_b4 a relative change of 1e-14 in the image is one of 1e-7 in the scores.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from unittest import mock

from archspec import Network
from archspec.weights import randomised
from tests.peers import torchvision_peer

if TYPE_CHECKING:
    from torch import nn


def assert_same(network: Network, peer: nn.Module) -> float:
    """As `torchvision_peer.assert_same`, with the weights of `archspec.weights.randomised`."""
    with mock.patch.object(torchvision_peer, "train", partial(_settle, network)):
        return torchvision_peer.assert_same(network, peer)


def _settle(network: Network, peer: nn.Module) -> None:
    ours = network.compile("torch", weights=randomised(network.graph), dtype="float64", device="cpu")
    peer.load_state_dict(ours.state_dict(), strict=True)
