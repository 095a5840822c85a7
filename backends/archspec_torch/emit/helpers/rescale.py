from torch import Tensor, nn


def rescale(
    x: Tensor, scale: tuple[float, ...], offset: tuple[float, ...] | None = None
) -> Tensor:
    """Multiply each feature, the last axis, by a number and add another."""
    x = x * x.new_tensor(scale)
    return x if offset is None else x + x.new_tensor(offset)


class Rescale(nn.Module):
    """A factor and a shift for each feature, the last axis, that are not learned."""

    def __init__(
        self, scale: tuple[float, ...], offset: tuple[float, ...] | None = None
    ) -> None:
        super().__init__()
        self.scale = scale
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        return rescale(x, self.scale, self.offset)


def rescale2d(
    x: Tensor, scale: tuple[float, ...], offset: tuple[float, ...] | None = None
) -> Tensor:
    """Multiply each channel of an image by a number and add another."""
    x = x * x.new_tensor(scale)[:, None, None]
    return x if offset is None else x + x.new_tensor(offset)[:, None, None]


class Rescale2d(nn.Module):
    """A factor and a shift for each channel of an image that are not learned."""

    def __init__(
        self, scale: tuple[float, ...], offset: tuple[float, ...] | None = None
    ) -> None:
        super().__init__()
        self.scale = scale
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        return rescale2d(x, self.scale, self.offset)
