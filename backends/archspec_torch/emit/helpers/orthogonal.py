import torch
from torch import Tensor, nn


def orthogonal_(weight: Tensor, gain: float = 1.0) -> Tensor:
    """Draw an orthogonal matrix for a tensor whose elements need not lie in order."""
    drawn = nn.init.orthogonal_(weight.new_empty(weight.shape), gain)
    with torch.no_grad():
        return weight.copy_(drawn)
