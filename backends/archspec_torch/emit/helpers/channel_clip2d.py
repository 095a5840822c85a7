import torch
from torch import Tensor, nn


class ChannelClip2d(nn.Module):
    """Bounds for each channel of an image."""

    def __init__(self, num_features: int, low: float = 0.0, high: float = 6.0) -> None:
        super().__init__()
        self.low = nn.Parameter(torch.full((num_features,), low))
        self.high = nn.Parameter(torch.full((num_features,), high))

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(x, self.low[:, None, None], self.high[:, None, None])
