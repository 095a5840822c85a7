import torch
from torch import Tensor, nn


class Exp(nn.Module):
    """The exponential function."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(x)
