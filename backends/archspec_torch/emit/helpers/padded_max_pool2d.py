import torch.nn.functional as F
from torch import Tensor, nn


class PaddedMaxPool2d(nn.MaxPool2d):
    """Max pooling padded by `pad`: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.pad, value=float("-inf"))
        return F.max_pool2d(x, self.kernel_size, self.stride, ceil_mode=self.ceil_mode)
