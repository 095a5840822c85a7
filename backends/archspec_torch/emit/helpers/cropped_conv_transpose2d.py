import torch.nn.functional as F
from torch import Tensor, nn


class CroppedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution cropped by `crop`: left, right, top and bottom."""

    def __init__(self, *args, crop: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.crop = crop

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(super().forward(x), [-edge for edge in self.crop])
