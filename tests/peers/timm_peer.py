"""timm's networks, to hold archspec's against as torchvision's are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.peers.torchvision_peer import torchvision

if TYPE_CHECKING:
    from torch import nn


def build_peer(name: str, **options: Any) -> nn.Module:
    """timm's network on the meta device: it has names and shapes, and no values."""
    torchvision()  # timm imports it
    from timm import create_model

    from archspec_torch.runtime import without_values

    with without_values():
        model: nn.Module = create_model(name, pretrained=False, **options)
    return model.double().eval()
