import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from archspec.training.helpers.faults import DataError


def open_image(file: Path | BytesIO) -> Image.Image:
    """Open an image of a usual format; some others would start programs."""
    formats = ["BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP"]
    return Image.open(file, formats=formats)


def converted(image: Image.Image, mode: str) -> Image.Image:
    """An image of bytes in another mode. Pillow would cut larger values off at 255."""
    if image.mode[0] in "IF":
        raise DataError(f"its pixels have more than 8 bits: its mode is {image.mode}")
    return image.convert(mode)


def decode_image(content: bytes, mode: str, name: str, place: int | str) -> np.ndarray:
    """Read an image of bytes from the content of its file: (height, width, channels)."""
    try:
        with open_image(BytesIO(content)) as image:
            pixels = np.asarray(converted(image, mode))
    except Exception as error:
        raise DataError(
            f"`{name}` of example {place} cannot be read as an image: {error}"
        ) from error
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def decode_mask(content: bytes, name: str, place: int | str) -> np.ndarray:
    """Read the values of a mask's pixels, or their indices in its palette."""
    try:
        with open_image(BytesIO(content)) as image:
            # Pillow spreads gray of 2 or 4 bits over 0 to 255.
            layout = str(image.tile)
            step = 85 if "L;2" in layout else 17 if "L;4" in layout else 1
            return np.asarray(image) // np.uint8(step)
    except Exception as error:
        raise DataError(
            f"`{name}` of example {place} cannot be read as an image: {error}"
        ) from error


def cls_value(content: bytes, name: str, place: int | str) -> int:
    """The whole number in a file."""
    try:
        return int(content)
    except ValueError as error:
        raise DataError(
            f"`{name}` of example {place} is no whole number: {content[:20]!r}"
        ) from error


def json_value(
    content: bytes, name: str, place: int | str, key: str | None = None
) -> Any:
    """The value in a JSON file, or the entry of its object with a key."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"`{name}` of example {place} is no JSON: {error}") from error
    if key is None:
        return value
    if not isinstance(value, dict) or key not in value:
        raise DataError(f"`{name}` of example {place} has no entry {key!r}")
    return value[key]


def npy_value(content: bytes, name: str, place: int | str) -> np.ndarray:
    """The array in a file of NumPy's, which holds no Python objects."""
    try:
        return np.load(BytesIO(content))
    except Exception as error:
        raise DataError(
            f"`{name}` of example {place} cannot be read: {error}"
        ) from error
