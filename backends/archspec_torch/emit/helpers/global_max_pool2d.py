from torch import Tensor, nn


class GlobalMaxPool2d(nn.Module):
    """The largest element of each channel."""

    def __init__(self, keepdim: bool = False) -> None:
        super().__init__()
        self.keepdim = keepdim

    def forward(self, x: Tensor) -> Tensor:
        return x.amax((2, 3), keepdim=self.keepdim)
