import torch
import torch.nn.functional as F
from torch import Tensor, nn


def padded_avg_pool2d(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    ceil_mode: bool = False,
    *,
    pad: tuple[int, int, int, int],
) -> Tensor:
    """Average pooling with uncounted padding: left, right, top and bottom."""
    inside = F.pad(torch.ones_like(x[:1, :1]), pad)
    counted = F.avg_pool2d(inside, kernel_size, stride, ceil_mode=ceil_mode)
    mean = F.avg_pool2d(F.pad(x, pad), kernel_size, stride, ceil_mode=ceil_mode)
    return mean / counted


class PaddedAvgPool2d(nn.AvgPool2d):
    """Average pooling with uncounted padding: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        return padded_avg_pool2d(
            x, self.kernel_size, self.stride, self.ceil_mode, pad=self.pad
        )
