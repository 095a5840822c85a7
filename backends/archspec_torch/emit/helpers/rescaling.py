from torch import Tensor, nn


class Rescaling(nn.Module):
    """A factor and a shift that are not learned."""

    def __init__(self, scale: float, offset: float = 0.0) -> None:
        super().__init__()
        self.scale = scale
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale + self.offset
