import torch
from torch import Tensor, nn


def bounded_relu(
    x: Tensor,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Tensor:
    """Pass x above `threshold` up to `max_value`, and a line of another slope below."""
    upper = x if max_value is None else x.clamp(max=max_value)
    return torch.where(x > threshold, upper, negative_slope * (x - threshold))


class BoundedReLU(nn.Module):
    """Pass x above `threshold` up to `max_value`, and a line of another slope below."""

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
    ) -> None:
        super().__init__()
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        return bounded_relu(x, self.max_value, self.negative_slope, self.threshold)
