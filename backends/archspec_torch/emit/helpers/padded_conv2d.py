import torch.nn.functional as F
from torch import Tensor, nn


class PaddedConv2d(nn.Conv2d):
    """A convolution padded by `pad`: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.pad)
        return F.conv2d(
            x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )
