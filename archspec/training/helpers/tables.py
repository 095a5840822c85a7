from glob import escape
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from archspec.training.helpers.examples import as_numbers
from archspec.training.helpers.faults import DataError


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


def open_hub(
    name: str,
    config: str | None,
    split: str,
    revision: str | None,
    columns: list[str],
) -> datasets.Dataset:
    """Open the rows of a data set of the Hugging Face Hub, which is downloaded once."""
    if Path(name).exists():
        raise DataError(f"{name} is a path here, and a data set of the Hub is meant")
    try:
        rows = datasets.load_dataset(name, config, split=split, revision=revision)
    except OSError:
        raise
    except Exception as error:
        raise DataError(f"{name} cannot be read: {error}") from error
    return with_columns(rows, columns, name)


def with_columns(
    rows: datasets.Dataset, columns: list[str], where: str
) -> datasets.Dataset:
    """The rows with these columns alone, in Arrow's format: nothing is decoded."""
    check_columns(rows.column_names, columns, where)
    if not len(rows):
        raise DataError(f"{where} has no examples")
    return rows.select_columns(columns).with_format("arrow")


def check_columns(names: list[str], columns: list[str], where: str) -> None:
    """Raise an error if a column is missing."""
    for column in columns:
        if column not in names:
            known = ", ".join(names)
            raise DataError(f"{where} has no column {column!r}; it has {known}")


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
