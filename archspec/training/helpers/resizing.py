from collections.abc import Callable

import numpy as np
from PIL import Image


def resize(
    image: np.ndarray, height: int, width: int, filter: Image.Resampling
) -> np.ndarray:
    """Resize an image of bytes or of floats, channel by channel, with antialiasing."""
    planes = [Image.fromarray(plane) for plane in np.moveaxis(image, -1, 0)]
    resized = [np.asarray(plane.resize((width, height), filter)) for plane in planes]
    return np.stack(resized, axis=-1)


def resize_without_antialiasing(
    image: np.ndarray,
    height: int,
    width: int,
    kernel: Callable[[np.ndarray], np.ndarray],
    reach: int,
) -> np.ndarray:
    """Resize an image of floats: means of the pixels nearest to each new pixel's centre.

    The `kernel` of the distance is the weight of a pixel; it is 0 beyond `reach`.
    """
    for axis, size in ((0, height), (1, width)):
        length = image.shape[axis]
        centres = (np.arange(size) + 0.5) * length / size - 0.5
        first = np.floor(centres).astype(int) - reach + 1
        pixels = first[:, None] + np.arange(2 * reach)
        weights = kernel(centres[:, None] - pixels) * (pixels >= 0) * (pixels < length)
        weights = weights / weights.sum(axis=1, keepdims=True)
        weights = weights.astype(np.float32).reshape(*pixels.shape, *[1] * (2 - axis))
        image = (image.take(pixels, axis, mode="clip") * weights).sum(axis + 1)
    return image


def linear(distance: np.ndarray) -> np.ndarray:
    """The weight of a pixel at a distance, for bilinear interpolation."""
    return np.maximum(1 - np.abs(distance), 0)


def cubic(distance: np.ndarray) -> np.ndarray:
    """The weight of a pixel at a distance, for bicubic interpolation: Keys's, a = -1/2."""
    x = np.abs(distance)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def resize_to_nearest(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize an image or a mask: each new pixel is the one at its centre."""
    rows = (2 * np.arange(height) + 1) * image.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * image.shape[1] // (2 * width)
    return image[rows[:, None], columns]


def with_shorter_side(image: np.ndarray, side: int) -> tuple[int, int]:
    """The height and width of an image whose shorter side becomes `side`."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    return side * height // shorter, side * width // shorter
