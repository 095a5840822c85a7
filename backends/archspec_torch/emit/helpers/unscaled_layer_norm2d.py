from torch import Tensor, nn


class UnscaledLayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels of an image, with a shift only."""

    def __init__(self, normalized_shape: int, eps: float = 1e-5) -> None:
        super().__init__(normalized_shape, eps)
        self.register_parameter("weight", None)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
