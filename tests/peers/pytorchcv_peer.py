"""pytorchcv's networks, to hold archspec's against as torchvision's are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.peers.torchvision_peer import torchvision

if TYPE_CHECKING:
    from torch import nn

    from archspec import Network


def build_peer(name: str, **options: Any) -> nn.Module:
    """pytorchcv's network on the meta device: it has names and shapes, and no values."""
    torchvision()  # pytorchcv imports it
    from pytorchcv.model_provider import get_model

    from archspec_torch.runtime import without_values

    with without_values():
        model: nn.Module = get_model(name, pretrained=False, **options)
    return model.double().eval()


def build_renamed(network: Network, name: str, **options: Any) -> nn.Module:
    """pytorchcv's network with our names for its weights, by position: both list them as they are applied."""
    from torch import Tensor, nn

    from tests.peers.torchvision_peer import build_ours

    class Renamed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.peer = build_peer(name, **options)

        def forward(self, x: Tensor) -> Tensor:
            scores: Tensor = self.peer(x)
            return scores

        def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:
            theirs = self.peer.state_dict()
            assert [key.rpartition(".")[2] for key in ours] == [key.rpartition(".")[2] for key in theirs]
            return dict(zip(ours, theirs.values(), strict=True))

    ours = list(build_ours(network).state_dict())
    return Renamed().eval()
