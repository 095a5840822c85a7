import torch
from torch import Tensor, nn


class ChannelClip(nn.Module):
    """Bounds for each feature, the last axis."""

    def __init__(self, num_features: int, low: float = 0.0, high: float = 6.0) -> None:
        super().__init__()
        self.low = nn.Parameter(torch.full((num_features,), low))
        self.high = nn.Parameter(torch.full((num_features,), high))

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(x, self.low, self.high)
