"""The data of folder, in batches of NumPy arrays."""

import math
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import grain
import numpy as np
from PIL import Image

SEED = 0
BATCH_SIZE = 128
CLASSES = ["cat", "dog"]


class DataError(Exception):
    """A fault of the data, which the message tells."""


def central_part(image: np.ndarray, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns in the middle of an image, which must not be smaller."""
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    if top < 0 or left < 0:
        size = " x ".join(map(str, image.shape[:2]))
        raise DataError(f"an image of {size} pixels has no part of {height} x {width}")
    return slice(top, top + height), slice(left, left + width)


def random_part(
    image: np.ndarray, height: int, width: int, generator: np.random.Generator
) -> tuple[slice, slice]:
    """The rows and columns of a random part of an image; all places are equally likely."""
    if height > image.shape[0] or width > image.shape[1]:
        size = " x ".join(map(str, image.shape[:2]))
        raise DataError(f"an image of {size} pixels has no part of {height} x {width}")
    top = int(generator.integers(image.shape[0] - height + 1))
    left = int(generator.integers(image.shape[1] - width + 1))
    return slice(top, top + height), slice(left, left + width)


def random_resized_part(
    image: np.ndarray,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[slice, slice]:
    """The rows and columns of a random part of an image, as Inception was trained.

    Its area is `scale` of the image's and its width `ratio` of its height. After ten
    parts that do not fit, it is the largest in the middle whose ratio is in range.
    """
    height, width = image.shape[:2]
    for _ in range(10):
        area = generator.uniform(*scale) * height * width
        aspect = math.exp(generator.uniform(math.log(ratio[0]), math.log(ratio[1])))
        rows, columns = round(math.sqrt(area / aspect)), round(math.sqrt(area * aspect))
        if 0 < rows <= height and 0 < columns <= width:
            return random_part(image, rows, columns, generator)
    aspect = min(max(width / height, ratio[0]), ratio[1])
    rows = min(height, max(1, round(width / aspect)))
    columns = min(width, max(1, round(height * aspect)))
    return central_part(image, rows, columns)


def random_rectangle(
    image: np.ndarray,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    generator: np.random.Generator,
) -> tuple[slice, slice]:
    """The rows and columns of a rectangle to erase (Zhong et al. 2017).

    Its area is `scale` of the image's and its height `ratio` of its width. After ten
    rectangles that do not fit, it is empty.
    """
    height, width = image.shape[:2]
    for _ in range(10):
        area = generator.uniform(*scale) * height * width
        aspect = math.exp(generator.uniform(math.log(ratio[0]), math.log(ratio[1])))
        rows, columns = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < rows < height and 0 < columns < width:
            return random_part(image, rows, columns, generator)
    return slice(0, 0), slice(0, 0)


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


def mixed(values: np.ndarray, order: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The values of the first rows, each mixed with that of the row in `order`: it keeps its `share`.

    Both shares of an example are rounded so that their sum is exactly 1.
    """
    others = 1 - share.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return (1 - others) * values[: len(order)] + others * values[order]


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Vectors with a 1 at the class."""
    vectors = np.zeros((len(labels), classes), np.float32)
    vectors[np.arange(len(labels)), labels] = 1
    return vectors


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


def open_image(file: Path | BytesIO) -> Image.Image:
    """Open an image of a usual format; some others would start programs."""
    formats = ["BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP"]
    return Image.open(file, formats=formats)


def read_image(path: Path, mode: str) -> np.ndarray:
    """Read an image of bytes: (height, width, channels)."""
    try:
        with open_image(path) as image:
            pixels = np.asarray(converted(image, mode))
    except Exception as error:
        raise OSError(f"{path} cannot be read as an image: {error}") from error
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def resize(
    image: np.ndarray, height: int, width: int, filter: Image.Resampling
) -> np.ndarray:
    """Resize an image of bytes or of floats, channel by channel, with antialiasing."""
    planes = [Image.fromarray(plane) for plane in np.moveaxis(image, -1, 0)]
    resized = [np.asarray(plane.resize((width, height), filter)) for plane in planes]
    return np.stack(resized, axis=-1)


def with_shorter_side(image: np.ndarray, side: int) -> tuple[int, int]:
    """The height and width of an image whose shorter side becomes `side`."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    return side * height // shorter, side * width // shorter


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
def list_training_files() -> list[tuple[Path, int]]:
    """List the images with the indices of their classes."""
    return list_images(Path("/images/train"), CLASSES)


def read_training_example(place: int) -> dict[str, np.ndarray]:
    """Read the example at a place."""
    path, label = list_training_files()[place]
    return {"image": read_image(path, "RGB"), "label": np.int64(label)}


@cache
def list_validation_files() -> list[tuple[Path, int]]:
    """List the images with the indices of their classes."""
    return list_images(Path("/images/validation"), CLASSES)


def read_validation_example(place: int) -> dict[str, np.ndarray]:
    """Read the example at a place."""
    path, label = list_validation_files()[place]
    return {"image": read_image(path, "RGB"), "label": np.int64(label)}


def augment(place: int, generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Read and transform an example for training, in each epoch with other numbers."""
    example = read_training_example(place)
    image = example["image"]
    area = random_resized_part(
        image, (0.08, 1.0), (0.75, 1.3333333333333333), generator
    )
    image = resize(image[area], 224, 224, Image.Resampling.BILINEAR)
    if generator.random() < 0.5:
        image = image[:, ::-1]
    image = image.astype(np.float32) / 255
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    std = np.array([0.229, 0.224, 0.225], np.float32)
    image = (image - mean) / std
    if generator.random() < 0.25:
        area = random_rectangle(image, (0.02, 0.33), (0.3, 3.3), generator)
        image = image.copy()
        image[area] = 0.0
    return {**example, "image": image}


def transform(example: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Transform an example."""
    image = example["image"]
    height, width = with_shorter_side(image, 256)
    image = resize(image, height, width, Image.Resampling.BILINEAR)
    area = central_part(image, 224, 224)
    image = image[area]
    image = image.astype(np.float32) / 255
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    std = np.array([0.229, 0.224, 0.225], np.float32)
    image = (image - mean) / std
    return {**example, "image": image}


def to_batch(examples: grain.MapDataset, places: list[int]) -> dict[str, np.ndarray]:
    """Read the examples at these places as a batch, which has the shapes that the network takes."""
    return stack(
        [examples[place] for place in places], {"image": (None, None, 3), "label": ()}
    )


def mix(
    batch: dict[str, np.ndarray],
    order: np.ndarray,
    step: int,
    count: int,
    own: np.ndarray,
) -> dict[str, np.ndarray]:
    """Mix each of a process's own examples, of `count`, with the row in `order` (Zhang et al. 2018)."""
    generator = np.random.default_rng((SEED, step))
    share = generator.beta(0.2, 0.2, count)[own]
    return {
        **{name: array[: len(order)] for name, array in batch.items()},
        "image": mixed(batch["image"], order, share),
        "label": mixed(one_hot(batch["label"], 2), order, share),
    }


@cache
def training_examples() -> grain.MapDataset:
    """Return the examples of an epoch. Those of the next epochs follow, each in an order of its own."""
    places = grain.MapDataset.range(len(list_training_files()))
    return places.seed(SEED).shuffle().random_map(augment)


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
    places = training_places(step)
    own = shard(np.arange(len(places)), rank, size)
    partners = (own + 1) % len(places)
    rows = {number: row for row, number in enumerate(dict.fromkeys([*own, *partners]))}
    batch = to_batch(training_examples(), places[[*rows]].tolist())
    order = np.array([rows[number] for number in partners])
    return mix(batch, order, step, len(places), own)


@cache
def validation_examples() -> grain.MapDataset:
    """Return the examples of validation, in their order."""
    places = grain.MapDataset.range(len(list_validation_files()))
    return places.map(read_validation_example).map(transform)


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
    image = converted(image, "RGB")
    pixels = np.asarray(image)
    return transform({"image": pixels})
