"""torchvision's deep networks, at weights that are drawn for what they meet.

With `torchvision_peer.train` values grow from block to block; where a gate reads them, rounding decides what is left:
in efficientnet_b4 a relative change of 1e-14 in the image is one of 1e-7 in the scores.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from archspec import Network
from archspec.weights import randomised
from tests.peers import torchvision_peer

if TYPE_CHECKING:
    from torch import nn


def assert_same(network: Network, peer: nn.Module) -> float:
    """As `torchvision_peer.assert_same`, with the weights of `archspec.weights.randomised`."""
    return torchvision_peer.assert_same(network, peer, fill=partial(_settle, network))


def _settle(network: Network, peer: nn.Module) -> None:
    from archspec_torch.weights import to_native

    peer.load_state_dict(to_native(network.graph, randomised(network.graph)), strict=True)
