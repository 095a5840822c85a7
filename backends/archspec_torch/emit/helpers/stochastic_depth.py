import torch.nn.functional as F
from torch import Tensor, nn


def stochastic_depth(x: Tensor, p: float, training: bool) -> Tensor:
    """Drop each sample with probability `p` and divide the others by 1 - p."""
    if not training:
        return x
    return x * F.dropout(x.new_ones([len(x)] + [1] * (x.dim() - 1)), p)


class StochasticDepth(nn.Module):
    """Drops each sample with probability `p` and divides the others by 1 - p."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        return x * F.dropout(x.new_ones([len(x)] + [1] * (x.dim() - 1)), self.p)
