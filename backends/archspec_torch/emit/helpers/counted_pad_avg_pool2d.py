import torch.nn.functional as F
from torch import Tensor, nn


def counted_pad_avg_pool2d(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    ceil_mode: bool = False,
    *,
    pad: tuple[int, int, int, int],
) -> Tensor:
    """Average pooling with counted padding: left, right, top and bottom.

    No window begins in the padding on the right or at the bottom.
    """
    step = kernel_size if stride is None else stride
    down, across = (step, step) if isinstance(step, int) else step
    rows = -(-(x.shape[2] + pad[2]) // down)
    columns = -(-(x.shape[3] + pad[0]) // across)
    x = F.avg_pool2d(F.pad(x, pad), kernel_size, stride, ceil_mode=ceil_mode)
    return x[:, :, :rows, :columns]


class CountedPadAvgPool2d(nn.AvgPool2d):
    """Average pooling with counted padding: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        return counted_pad_avg_pool2d(
            x, self.kernel_size, self.stride, self.ceil_mode, pad=self.pad
        )
