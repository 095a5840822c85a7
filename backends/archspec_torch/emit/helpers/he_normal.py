import math

from torch import Tensor, nn


def he_normal_(weight: Tensor) -> Tensor:
    """Draw from a normal distribution cut off at two deviations, of variance 2 / fan_in."""
    std = math.sqrt(2 / weight[0].numel()) / 0.87962566103423978
    return nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
