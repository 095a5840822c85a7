import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ElementwisePReLU(nn.Module):
    """A PReLU with a slope for each place of a sample of this shape."""

    def __init__(self, shape: tuple[int, ...], init: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, init))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x) - self.weight * F.relu(-x)
