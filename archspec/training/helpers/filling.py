import numpy as np


def pad(
    image: np.ndarray, top: int, bottom: int, left: int, right: int, value: float
) -> np.ndarray:
    """Add pixels of one value around an image or a mask."""
    height, width = image.shape[:2]
    shape = (height + top + bottom, width + left + right, *image.shape[2:])
    padded = np.full(shape, value, image.dtype)
    padded[top : top + height, left : left + width] = image
    return padded


def random_shift(
    image: np.ndarray, height: float, width: float, generator: np.random.Generator
) -> tuple[int, int]:
    """How many pixels an image moves down and to the right; all are equally likely."""
    rows, columns = int(height * image.shape[0]), int(width * image.shape[1])
    down = generator.integers(-rows, rows, endpoint=True)
    right = generator.integers(-columns, columns, endpoint=True)
    return int(down), int(right)


def shift(image: np.ndarray, down: int, right: int, value: float) -> np.ndarray:
    """Move an image or a mask by whole pixels; what it leaves has one value."""
    top, bottom, before, after = (
        max(down, 0),
        max(-down, 0),
        max(right, 0),
        max(-right, 0),
    )
    moved = pad(image, top, bottom, before, after, value)[bottom:, after:]
    return moved[: image.shape[0], : image.shape[1]]


def shift_with_edge(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """Move an image or a mask by whole pixels; its border fills what it leaves."""
    rows, columns = np.arange(image.shape[0]) - down, np.arange(image.shape[1]) - right
    return image.take(rows, 0, mode="clip").take(columns, 1, mode="clip")


def shift_with_reflection(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """Move an image or a mask by whole pixels; its mirror image fills what it leaves."""
    rows, columns = (max(down, 0), max(-down, 0)), (max(right, 0), max(-right, 0))
    padding = [rows, columns, (0, 0)][: image.ndim]
    moved = np.pad(image, padding, mode="reflect")[rows[1] :, columns[1] :]
    return moved[: image.shape[0], : image.shape[1]]
