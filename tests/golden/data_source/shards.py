"""The data of shards, in batches of NumPy arrays."""

import json
import math
import re
import tarfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import grain
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

SEED = 0
BATCH_SIZE = 128


class DataError(Exception):
    """A fault of the data, which the message tells."""


def converted(image: Image.Image, mode: str) -> Image.Image:
    """An image of bytes in another mode. Pillow would cut larger values off at 255."""
    if image.mode[0] in "IF":
        raise DataError(f"its pixels have more than 8 bits: its mode is {image.mode}")
    return image.convert(mode)


def open_image(file: Path | BytesIO) -> Image.Image:
    """Open an image of a usual format; some others would start programs."""
    formats = ["BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP"]
    return Image.open(file, formats=formats)


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


def as_numbers(values: ArrayLike, name: str, place: int | str) -> np.ndarray:
    """The values of an example's field as an array of numbers."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"`{name}` of example {place} is no array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"`{name}` of example {place} has {array.dtype}, and no numbers"
        )
    return array


def as_classes(
    values: ArrayLike, name: str, place: int | str, axes: int, classes: int | None
) -> np.ndarray:
    """The indices of classes with so many axes; a last axis of 1 after them is left out.

    They are whole numbers from 0, below the number of `classes` if it is known.
    """
    array = as_numbers(values, name, place)
    given = array[..., 0] if array.ndim == axes + 1 and array.shape[-1] == 1 else array
    if given.ndim != axes:
        raise DataError(
            f"`{name}` of example {place} has the shape {array.shape}, and not {axes} "
            "axes: the indices of classes, not a vector for each"
        )
    limit = 2.0**63 if classes is None else classes
    right = (given >= 0) & (given < limit) & (given == np.trunc(given))
    if not right.all():
        known = "" if classes is None else f" to {classes - 1}"
        raise DataError(
            f"`{name}` of example {place} has {given[~right][0]}, and classes are whole "
            f"numbers from 0{known}"
        )
    return given.astype(np.int64)


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


def numbered_files(patterns: list[str]) -> list[str]:
    """The files of patterns as train-{000..146}.tar, in order; another path is one file.

    No file is there twice.
    """
    files = []
    for pattern in patterns:
        path = Path(pattern)
        found = re.fullmatch(r"(.*)\{([0-9]+)\.\.([0-9]+)\}(.*)", path.name)
        if found is None:
            files.append(pattern)
            continue
        head, first, last, tail = found.groups()
        numbers = range(int(first), int(last) + 1)
        names = [f"{head}{number:0{len(first)}}{tail}" for number in numbers]
        files += [str(path.with_name(name)) for name in names]
    if len(set(files)) < len(files):
        twice = next(file for place, file in enumerate(files) if file in files[:place])
        raise DataError(f"{twice} is listed twice")
    return files


def key_and_ending(name: str) -> tuple[str, str]:
    """The key of a file's example, which is up to the first dot of its name, and its ending.

    Both are empty for a file that belongs to no example: hidden, or without an ending.
    """
    folder, slash, file = name.rpartition("/")
    stem, _, ending = file.partition(".")
    return (folder + slash + stem, ending.lower()) if stem and ending else ("", "")


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


def check_end(shard: str, place: int) -> None:
    """Raise an error if a tar file does not end at a place: it is cut, damaged, or goes on."""
    with open(shard, "rb") as file:
        file.seek(place)
        rest = file.read(2**20)
    if len(rest) < tarfile.BLOCKSIZE or any(rest):
        raise DataError(f"{shard} is not whole, or is several tar files in one")


def find_headers(shard: str, endings: list[str]) -> np.ndarray:
    """The places of the headers of each example's files in a tar file: (examples, endings)."""
    found: dict[str, list[int]] = {}
    try:
        with tarfile.open(shard, "r:") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # tarfile keeps all that it has read
                if tar.offset < member.offset_data:
                    raise DataError(f"{shard} has a file of a negative size")
                key, ending = key_and_ending(member.name)
                if member.isdir() or not key:
                    continue
                if not member.isreg():
                    raise DataError(f"{member.name!r} in {shard} is a link or a device")
                headers = found.setdefault(key, [-1] * len(endings))
                if ending not in endings:
                    continue
                if headers[endings.index(ending)] >= 0:
                    raise DataError(f"{member.name!r} is in {shard} twice")
                headers[endings.index(ending)] = member.offset
            check_end(shard, tar.offset)
    except tarfile.TarError as error:
        raise DataError(f"{shard} cannot be read: {error}") from error
    for key, headers in found.items():
        if -1 in headers:
            missing = endings[headers.index(-1)]
            raise DataError(f"the example {key!r} in {shard} has no file .{missing}")
    if not found:
        raise DataError(f"{shard} has no examples")
    return np.array(list(found.values()), np.int64)


def read_member(shard: str, header: int) -> tuple[str, bytes]:
    """Read the file whose header is at a place of a tar file: its name and its content."""
    try:
        with open(shard, "rb") as file:
            file.seek(header)
            with tarfile.open(fileobj=file, mode="r:") as tar:
                member = tar.next()
                content = tar.extractfile(member)
                return member.name, content.read()
    except (tarfile.TarError, AttributeError, TypeError) as error:
        raise DataError(f"{shard} cannot be read: {error}") from error


class Shards:
    """The examples in tar files: an example's files have its key for a name, as 7.jpg and 7.cls.

    Only the places of the files are kept.
    """

    def __init__(self, shards: list[str], endings: list[str]) -> None:
        """Find the files with these endings, which every example has."""
        self.shards = shards
        self.endings = endings
        self.headers = [find_headers(shard, endings) for shard in shards]
        self.ends = np.cumsum([len(headers) for headers in self.headers])

    def __len__(self) -> int:
        """The number of examples."""
        return int(self.ends[-1])

    def read(self, place: int) -> tuple[str, dict[str, bytes]]:
        """Read the files of the example at a place, by ending, after its name for messages."""
        number = int(np.searchsorted(self.ends, place, side="right"))
        shard = self.shards[number]
        headers = self.headers[number][place - self.ends[number]]
        files = {}
        keys = set()
        for ending, header in zip(self.endings, headers, strict=True):
            name, files[ending] = read_member(shard, int(header))
            keys.add(key_and_ending(name)[0])
            if len(keys) > 1 or key_and_ending(name)[1] != ending:
                raise DataError(f"{shard} has changed since its files were found")
        return f"{keys.pop()!r} in {shard}", files


@cache
def index_shards() -> Shards:
    """Find the files of each example in the shards."""
    return Shards(
        numbered_files(["/shards/train-{000..146}.tar"]), ["jpg", "json", "seg.png"]
    )


def read_example(place: int) -> dict[str, np.ndarray]:
    """Read the example at a place."""
    example_name, files = index_shards().read(place)
    return {
        "image": decode_image(files["jpg"], "RGB", "image", example_name),
        "label": as_classes(
            json_value(files["json"], "label", example_name, "class"),
            "label",
            example_name,
            axes=0,
            classes=0,
        ),
        "mask": as_classes(
            decode_mask(files["seg.png"], "mask", example_name),
            "mask",
            example_name,
            axes=2,
            classes=None,
        ),
    }


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
    places = grain.MapDataset.range(len(index_shards()))
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


def prepare(image: Image.Image) -> dict[str, np.ndarray]:
    """Return the example of an image, transformed as for validation."""
    image = converted(image, "RGB")
    pixels = np.asarray(image)
    return scale({"image": pixels})
