import torch
import torch.nn.functional as F
from torch import Tensor, nn


def pad_same(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    value: float = 0.0,
) -> Tensor:
    """Pad an image for ceil(size / stride) windows, an odd element at the end."""
    pad: list[int] = []
    for axis in (3, 2):
        kernel, step, gap = [
            n if isinstance(n, int) else n[axis - 2]
            for n in (kernel_size, stride, dilation)
        ]
        total = max((kernel - 1) * gap + 1 - step + -x.shape[axis] % step, 0)
        pad += [total // 2, total - total // 2]
    return F.pad(x, pad, value=value)


class Conv2dSame(nn.Conv2d):
    """A convolution padded for ceil(size / stride) windows."""

    def forward(self, x: Tensor) -> Tensor:
        padded = pad_same(x, self.kernel_size, self.stride, self.dilation)
        return F.conv2d(
            padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


def max_pool2d_same(
    x: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int]
) -> Tensor:
    """Max pooling padded for ceil(size / stride) windows."""
    x = pad_same(x, kernel_size, stride, value=float("-inf"))
    return F.max_pool2d(x, kernel_size, stride)


class MaxPool2dSame(nn.MaxPool2d):
    """Max pooling padded for ceil(size / stride) windows."""

    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d_same(x, self.kernel_size, self.stride)


def avg_pool2d_same(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int],
    count_include_pad: bool = True,
) -> Tensor:
    """Average pooling padded for ceil(size / stride) windows."""
    mean = F.avg_pool2d(pad_same(x, kernel_size, stride), kernel_size, stride)
    if count_include_pad:
        return mean
    inside = pad_same(torch.ones_like(x[:1, :1]), kernel_size, stride)
    return mean / F.avg_pool2d(inside, kernel_size, stride)


class AvgPool2dSame(nn.AvgPool2d):
    """Average pooling padded for ceil(size / stride) windows."""

    def forward(self, x: Tensor) -> Tensor:
        counted = self.count_include_pad
        return avg_pool2d_same(x, self.kernel_size, self.stride, counted)
