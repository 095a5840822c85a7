from functools import cache
from pathlib import Path

import numpy as np
from mnist1d.data import make_dataset
from PIL import Image


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
        with Image.open(path) as image:
            pixels = np.asarray(image.convert(mode))
    except Exception as error:
        raise OSError(f"{path} cannot be read as an image: {error}") from error
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def as_floats(image: np.ndarray) -> np.ndarray:
    """An image as floats; whole numbers are divided by the largest of their type."""
    image = np.asarray(image)
    image = image if image.ndim == 3 else image[:, :, None]
    largest = np.iinfo(image.dtype).max if image.dtype.kind in "iu" else 1
    return image.astype(np.float32) / np.float32(largest)


def as_classes(array: np.ndarray, axes: int, name: str) -> np.ndarray:
    """The indices of classes with so many axes; a last axis of 1 after them is left out."""
    array = np.asarray(array)
    classes = (
        array[..., 0] if array.ndim == axes + 1 and array.shape[-1] == 1 else array
    )
    if classes.ndim != axes:
        raise ValueError(
            f"`{name}` of an example has the shape {array.shape}, and not {axes} axes: "
            "the indices of classes, not a vector for each"
        )
    return classes.astype(np.int64)


def of_shape(array: np.ndarray, shape: tuple[int | None, ...], name: str) -> np.ndarray:
    """The target itself, if it has the shape of the output; None stands for any size."""
    fits = len(shape) == array.ndim and all(
        expected in (None, size)
        for expected, size in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(
            f"`{name}` of an example has the shape {array.shape}, and the output has {shape}"
        )
    return array


def stack(examples: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Stack the fields of examples, which must have the same shapes."""
    for name in examples[0]:
        shapes = sorted({example[name].shape for example in examples})
        if len(shapes) > 1:
            raise ValueError(
                f"examples have a `{name}` of {shapes[0]} and of {shapes[-1]}: resize them"
            )
    return {name: np.stack([each[name] for each in examples]) for name in examples[0]}


@cache
def make_signals() -> dict[str, np.ndarray]:
    """Make the signals of MNIST-1D, which are always the same."""
    return make_dataset()
