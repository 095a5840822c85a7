import torch.nn.functional as F
from torch import Tensor, nn


class UnscaledLayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels of an image, with a shift only."""

    def __init__(self, normalized_shape: int, eps: float = 1e-5) -> None:
        super().__init__(normalized_shape, eps)
        self.register_parameter("weight", None)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, None, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)
