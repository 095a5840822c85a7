from torch import Tensor, nn


def normalize(x: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Subtract a mean from each feature, the last axis, and divide by a deviation."""
    return (x - x.new_tensor(mean)) / x.new_tensor(std)


class Normalize(nn.Module):
    """Subtracts a mean from each feature, the last axis, and divides by a deviation."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.mean = mean
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return normalize(x, self.mean, self.std)


def normalize2d(x: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    """Subtract a mean from each channel of an image and divide by a deviation."""
    return (x - x.new_tensor(mean)[:, None, None]) / x.new_tensor(std)[:, None, None]


class Normalize2d(nn.Module):
    """Subtracts a mean from each channel of an image and divides by a deviation."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.mean = mean
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return normalize2d(x, self.mean, self.std)
