from torch import nn


class UnscaledLayerNorm(nn.LayerNorm):
    """Layer normalisation with a shift only."""

    def __init__(self, normalized_shape: int, eps: float = 1e-5) -> None:
        super().__init__(normalized_shape, eps)
        self.register_parameter("weight", None)
