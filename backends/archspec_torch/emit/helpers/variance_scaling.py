import math

from torch import Tensor, nn


def variance_scaling_(
    weight: Tensor, scale: float, mode: str, distribution: str
) -> Tensor:
    """Draw from a distribution of variance scale / fan; a truncated one is cut off at two deviations."""
    fan_in, fan_out = weight[0].numel(), weight[:, 0].numel()
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    std = math.sqrt(scale / fans[mode])
    if distribution == "uniform":
        bound = math.sqrt(3) * std
        return nn.init.uniform_(weight, -bound, bound)
    if distribution == "untruncated_normal":
        return nn.init.normal_(weight, std=std)
    std /= 0.87962566103423978
    return nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)
