from torch import Tensor, nn


class Slice(nn.Module):
    """Part of one dimension."""

    def __init__(
        self, dim: int, start: int = 0, stop: int | None = None, step: int = 1
    ) -> None:
        super().__init__()
        self.index = (slice(None),) * dim + (slice(start, stop, step),)

    def forward(self, x: Tensor) -> Tensor:
        return x[self.index]
