from functools import cache
from pathlib import Path

import numpy as np
from mnist1d.data import make_dataset

from archspec.training.helpers.decoding import converted, open_image


def list_images(folder: Path, classes: list[str]) -> list[tuple[Path, int]]:
    """The files of images in a folder for each class, with the index of the class."""
    endings = [
        ".bmp",
        ".gif",
        ".jpeg",
        ".jpg",
        ".png",
        ".ppm",
        ".tif",
        ".tiff",
        ".webp",
    ]
    found = []
    for label, name in enumerate(classes):
        files = [path for path in (folder / name).rglob("[!.]*") if path.is_file()]
        images = [path for path in files if path.suffix.lower() in endings]
        if not images:
            raise FileNotFoundError(f"{folder / name} has no images")
        found += [(path, label) for path in sorted(images)]
    return found


def read_image(path: Path, mode: str) -> np.ndarray:
    """Read an image of bytes: (height, width, channels)."""
    try:
        with open_image(path) as image:
            pixels = np.asarray(converted(image, mode))
    except Exception as error:
        raise OSError(f"{path} cannot be read as an image: {error}") from error
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


@cache
def make_signals() -> dict[str, np.ndarray]:
    """Make the signals of MNIST-1D, which are always the same."""
    return make_dataset()
