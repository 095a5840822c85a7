"""The names of the classes of a recipe's data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from archspec.errors import ArchspecError, BackendMissingError
from archspec.recipe.data import Data, Folder
from archspec.recipe.source import Classes
from archspec.recipe.stored import Columns, HuggingFaceFolder, Parquet
from archspec.training.helpers.shards import numbered_files

_NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(Classes)


def class_names(data: Data) -> tuple[str, ...] | None:
    """The names of the classes, in order: as the recipe states them, or as the data have them; None if neither.

    A `Folder` has folders of these names. A table that Hugging Face's datasets wrote has them with its first field of
    the kind `label`.

    Raises:
        OSError: the folder or the file cannot be read.
        ArchspecError: the names are no names of classes.
    """
    source = data.source
    if source.class_names is not None:
        return source.class_names
    if isinstance(source, Folder):
        return tuple(sorted(each.name for each in Path(source.path).iterdir() if _is_of_class(each)))
    if isinstance(source, Parquet):
        return _names_in(_features_in_parquet(numbered_files(list(source.files))[0]), source)
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


def _is_of_class(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


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
