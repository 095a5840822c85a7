from typing import Any

import numpy as np


def random_shift(
    image: np.ndarray, height: float, width: float, generator: np.random.Generator
) -> tuple[int, int]:
    """How many pixels an image moves down and to the right; all are equally likely."""
    rows, columns = int(height * image.shape[0]), int(width * image.shape[1])
    down = generator.integers(-rows, rows, endpoint=True)
    right = generator.integers(-columns, columns, endpoint=True)
    return int(down), int(right)


def shift(image: np.ndarray, down: int, right: int, **fill: Any) -> np.ndarray:
    """Move an image or a mask by whole pixels; `numpy.pad` fills what it leaves."""
    rows, columns = (max(down, 0), max(-down, 0)), (max(right, 0), max(-right, 0))
    padding = [rows, columns, (0, 0)][: image.ndim]
    moved = np.pad(image, padding, **fill)[rows[1] :, columns[1] :]
    return moved[: image.shape[0], : image.shape[1]]
