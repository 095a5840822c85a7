"""The names of the classes of a recipe's data."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from archspec.errors import ArchspecError, BackendMissingError
from archspec.recipe.data import AnySource, Data, Folder
from archspec.recipe.source import Classes, Kind, Source
from archspec.recipe.stored import Columns, HuggingFaceFolder, Parquet
from archspec.training.helpers.faults import DataError
from archspec.training.helpers.shards import numbered_files

_OF_CLASSES: tuple[Kind, ...] = ("label", "labels", "mask")
"""The kinds of fields of classes."""

_SHOWN = 10
"""The number of names that a message has."""

_NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(Classes)


def class_names(data: Data) -> tuple[str, ...] | None:
    """The names of the classes, in order: as the recipe states them, or as the data have them; None if neither.

    A `Folder` has folders of these names. A table that Hugging Face's datasets wrote has them with its first field of
    the kind `label`.

    Raises:
        OSError: the folder or the file cannot be read.
        ArchspecError: the names are no names of classes.
    """
    return names_of(data.source)


def named_field(data: Data) -> str | None:
    """The field that the names of classes belong to: the first `label`, or else the first `labels` or `mask`."""
    return next((name for kind in _OF_CLASSES for name in data.of_kind(kind)), None)


def other_class(data: Data) -> str | None:
    """The first class that training and validation know by other names, as a sentence; None without one.

    No file for validation is read if the recipe states the classes for training, and then a `Folder` for validation may
    have folders of others.
    """
    own = data.validation
    if not isinstance(own, Source):
        return None
    names = class_names(data)
    if isinstance(own, Folder) and own.classes is None:
        return None if names is None or data.source.class_names is not None else other_folder(own.path, names)
    others = own.class_names if data.source.class_names is not None else names_of(own)
    if names is None or others is None:
        return None
    for index, (name, other) in enumerate(zip_longest(names, others)):
        if name != other:
            return f"class {index} is {name or 'missing'} for training, and {other or 'missing'} for validation"
    return None


def folders_in(path: str) -> tuple[str, ...]:
    """The names of a folder's folders, in order; each is for a class. Raises `OSError`."""
    folders = (each.name for each in Path(path).iterdir() if each.is_dir())
    return tuple(sorted(name for name in folders if not name.startswith(".")))


def other_folder(path: str, names: Collection[str]) -> str | None:
    """That a folder has not one folder for each of these classes, as a sentence; None if it has."""
    folders = folders_in(path)
    if {*folders} == {*names}:
        return None
    return f"{path} has the folders {_several(folders)}, and the classes are {_several(names)}"


def names_of(source: AnySource) -> tuple[str, ...] | None:
    """The names of a source's classes, as those of its data. Raises the same errors."""
    if source.class_names is not None:
        return source.class_names
    if isinstance(source, Folder):
        return folders_in(source.path)
    if isinstance(source, Parquet):
        return _names_in(_features_in_parquet(_first(source)), source)
    if isinstance(source, HuggingFaceFolder):
        return _names_in(_features_in_folder(Path(source.path), source.split), source)
    return None


def read_schema(file: str) -> Any:
    """The schema of a Parquet file. Raises `OSError` and `ArchspecError` for one that cannot be read."""
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError:
        raise BackendMissingError("Parquet needs pyarrow: pip install archspec-nn[datasets]") from None
    try:
        return parquet.read_schema(file)
    except OSError:
        raise
    except Exception as error:
        raise ArchspecError(f"{file} cannot be read: {error}") from error


def _first(source: Parquet) -> str:
    try:
        return numbered_files(list(source.files))[0]
    except DataError as error:
        raise ArchspecError(str(error)) from None


def _several(names: Collection[str]) -> str:
    shown = ", ".join([*names][:_SHOWN]) or "of no class"
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _features_in_parquet(file: str) -> Any:
    """The features that Hugging Face's datasets keeps in a Parquet file."""
    written = (read_schema(file).metadata or {}).get(b"huggingface")
    return {} if written is None else _json(written, file)


def _features_in_folder(folder: Path, split: str | None) -> Any:
    """The features of a folder by `save_to_disk`, in its root or for a split."""
    file = (folder if split is None else folder / split) / "dataset_info.json"
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ArchspecError(f"the split {split!r} is not in {folder}")
    return {"info": _json(file.read_bytes(), str(file))}


def _json(text: bytes, file: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchspecError(f"{file} cannot be read: {error}") from error


def _names_in(written: Any, source: Columns) -> tuple[str, ...] | None:
    """The names of the classes of the first label among Hugging Face's features."""
    column = next((field.column for field in source.fields.values() if field.kind == "label"), None)
    for key in ("info", "features", column, "names"):
        if not isinstance(written, Mapping) or key not in written:
            return None
        written = written[key]
    try:
        return _NAMES.validate_python(written)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ArchspecError(f"the classes of the column {column} are no names: {reason}") from None
