"""The data of table, in batches of NumPy arrays."""

import math
import re
from functools import cache, partial
from glob import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import datasets
import grain
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike
from PIL import Image
from pyarrow import parquet

SEED = 0
BATCH_SIZE = 128
CLASSES = ["cat", "dog"]


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


def check_columns(names: list[str], columns: list[str], where: str) -> None:
    """Raise an error if a column is missing."""
    for column in columns:
        if column not in names:
            known = ", ".join(names)
            raise DataError(f"{where} has no column {column!r}; it has {known}")


def classes_in(file: str, columns: list[str]) -> dict[str, list[str]]:
    """The names of the classes in the columns of a Parquet file that have some."""
    try:
        metadata = parquet.read_metadata(file)
    except pa.ArrowException as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    schema = metadata.schema.to_arrow_schema()
    check_columns(schema.names, columns, file)
    if not metadata.num_rows:
        raise DataError(f"{file} has no examples")
    try:
        fields = [schema.field(column) for column in columns]
        known = pa.schema(fields, schema.metadata)
        features = datasets.Features.from_arrow_schema(known)
    except Exception as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    return {
        column: feature.names
        for column, feature in features.items()
        if isinstance(feature, datasets.ClassLabel)
    }


def with_columns(
    rows: datasets.Dataset, columns: list[str], where: str
) -> datasets.Dataset:
    """The rows with these columns alone, in Arrow's format: nothing is decoded."""
    check_columns(rows.column_names, columns, where)
    if not len(rows):
        raise DataError(f"{where} has no examples")
    return rows.select_columns(columns).with_format("arrow")


def open_parquet(files: list[str], columns: list[str]) -> datasets.Dataset:
    """Open the rows of Parquet files, in the order of the files.

    A row of Parquet is not read alone: the columns are copied once to a cache of Arrow's
    format, which is mapped into memory.
    """
    classes: dict[str, list[str]] = {}
    for file in files:
        for column, names in classes_in(file, columns).items():
            if names != classes.setdefault(column, names):
                raise DataError(
                    f"{file} has other classes in {column!r} than the files before it"
                )
    try:
        rows = datasets.Dataset.from_parquet(
            [escape(file) for file in files], columns=columns
        )
    except OSError:
        raise
    except Exception as error:
        reason = error.__cause__ or error
        raise DataError(f"{', '.join(files)} cannot be read: {reason}") from error
    return with_columns(rows, columns, files[0])


def open_saved(folder: str, split: str | None, columns: list[str]) -> datasets.Dataset:
    """Open the rows that `save_to_disk` wrote; a folder of several splits needs one's name."""
    try:
        saved = datasets.load_from_disk(folder, keep_in_memory=False)
    except OSError:
        raise
    except Exception as error:
        raise DataError(f"{folder} cannot be read: {error}") from error
    splits = saved if isinstance(saved, datasets.DatasetDict) else {None: saved}
    if split not in splits:
        known = ", ".join(splits) if saved is splits else "none"
        raise DataError(f"{folder} has the splits {known}, and the recipe says {split}")
    rows = splits[split]
    root = Path(folder).resolve()
    for file in rows.cache_files:
        if not Path(file["filename"]).resolve().is_relative_to(root):
            raise DataError(f"{folder} names the file {file['filename']} outside of it")
    return with_columns(rows, columns, folder)


def read_row(rows: datasets.Dataset, place: int) -> dict[str, pa.Scalar]:
    """Read the row of an example: a value for each column."""
    row = rows[place]
    cells = {name: row.column(name)[0] for name in row.column_names}
    for name, cell in cells.items():
        if not cell.is_valid:
            raise DataError(f"example {place} has no value in the column {name!r}")
    return cells


def bytes_of(cell: pa.Scalar, name: str, place: int) -> bytes:
    """The content of an image's file. A path in place of it is not followed."""
    value: Any = cell.as_py()
    content = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(content, bytes):
        raise DataError(f"`{name}` of example {place} has not the bytes of an image")
    return content


def array_of(cell: pa.Scalar, name: str, place: int) -> np.ndarray:
    """A number or nested lists of numbers as an array of the column's type."""
    kind = getattr(cell.type, "storage_type", cell.type)
    while hasattr(kind, "value_type"):
        kind = kind.value_type
    return as_numbers(cell.as_py(), name, place).astype(kind.to_pandas_dtype())


@cache
def open_training_table() -> datasets.Dataset:
    """Open the rows of the files; a copy in the cache of Hugging Face's datasets is read at random."""
    return open_parquet(
        numbered_files(["/tables/train.parquet"]), ["img", "fine_label"]
    )


def read_training_example(place: int) -> dict[str, np.ndarray]:
    """Read the example at a place."""
    row = read_row(open_training_table(), int(place))
    return {
        "image": decode_image(
            bytes_of(row["img"], "image", place), "RGB", "image", place
        ),
        "label": as_classes(
            array_of(row["fine_label"], "label", place),
            "label",
            place,
            axes=0,
            classes=2,
        ),
    }


@cache
def open_validation_table() -> datasets.Dataset:
    """Open the rows that Hugging Face's datasets saved; they are read when they are needed."""
    return open_saved("/tables/saved", "test", ["img", "fine_label"])


def read_validation_example(place: int) -> dict[str, np.ndarray]:
    """Read the example at a place."""
    row = read_row(open_validation_table(), int(place))
    return {
        "image": decode_image(
            bytes_of(row["img"], "image", place), "RGB", "image", place
        ),
        "label": as_classes(
            array_of(row["fine_label"], "label", place),
            "label",
            place,
            axes=0,
            classes=2,
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
    places = grain.MapDataset.range(len(open_training_table()))
    return places.seed(SEED).shuffle().map(read_training_example)


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
    places = grain.MapDataset.range(len(open_validation_table()))
    return places.map(read_validation_example)


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
    return scale({"image": pixels})
