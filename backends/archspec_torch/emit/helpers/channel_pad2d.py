import torch.nn.functional as F
from torch import Tensor, nn


class ChannelPad2d(nn.Module):
    """Adds channels of zeros before and after those of an image."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.before = before
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, (0, 0, 0, 0, self.before, self.after))
