import torch
from torch import Tensor, nn


class Normalization(nn.Module):
    """Subtracts a mean from each feature, the last axis, and divides by a deviation."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(num_features))
        self.register_buffer("variance", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.variance.sqrt().clamp(min=1e-7)


class Normalization2d(Normalization):
    """Subtracts a mean from each channel of an image and divides by a deviation."""

    def forward(self, x: Tensor) -> Tensor:
        deviation = self.variance.sqrt().clamp(min=1e-7)
        return (x - self.mean[:, None, None]) / deviation[:, None, None]
