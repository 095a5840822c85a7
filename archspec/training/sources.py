"""The source that a text of the command line stands for, and its number of classes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import is_zipfile

import numpy as np

from archspec.errors import ArchspecError
from archspec.recipe.data import WORDS, Arrays, Data, Function
from archspec.recipe.source import KINDS, Kind
from archspec.recipe.stored import Parquet
from archspec.training.classes import class_names, read_schema
from archspec.training.functions import FunctionName

_NO_FIELDS: Mapping[str, Kind] = MappingProxyType({})

DataValue = str | dict[str, Any] | Function | FunctionName
"""A source as in a recipe, or a function."""


def source_of(text: str, fields: Mapping[str, Kind] = _NO_FIELDS) -> DataValue:
    """The data that a text stands for: a word, a folder of images, an `.npz` or `.parquet` file, `module:function`.

    Of an `.npz` file also arrays with the names of these fields are read, as of their kinds. Raises `ArchspecError` if
    it is none of these.
    """
    if text in WORDS:
        return text
    path = Path(text).absolute()
    if path.is_dir():
        return {"type": "Folder", "path": str(path)}
    if path.suffix == ".npz":
        return _arrays(path, fields)
    if path.suffix == ".parquet":
        return _parquet(path)
    module, colon, name = text.partition(":")
    if colon and name.isidentifier() and all(part.isidentifier() for part in module.split(".")):
        return FunctionName(module, name)
    options = f"{', '.join(WORDS)}, a folder of images, an .npz or .parquet file, module:function"
    raise ArchspecError(f"there are no data {text!r}: take {options}")


def has_files(source: dict[str, Any]) -> bool:
    """Whether the images of a source by `source_of` are files of images."""
    if source["type"] == "Parquet":
        return all(field["encoded"] for field in source["fields"].values())
    return bool(source["type"] == "Folder")


def count_classes(data: Data) -> int | None:
    """The number of classes of a source by `source_of`; None if it is not known, or if it has none."""
    names, source = class_names(data), data.source
    if names is not None:
        return len(names) or None
    if isinstance(source, Arrays) and source.file is not None and "label" in source.fields:
        return _count(_read(source.file, source.fields["label"].array))
    if isinstance(source, Parquet) and "label" in source.fields:
        return _count_in_column(source.files[0], source.fields["label"].column)
    return None


def _read(file: str, name: str) -> np.ndarray[Any, Any]:
    """An array of an `.npz` file. Raises `OSError` and `ArchspecError` for one that cannot be read."""
    try:
        with np.load(file) as arrays:
            array: np.ndarray[Any, Any] = arrays[name]
            return array
    except OSError:
        raise
    except Exception as error:
        raise ArchspecError(f"{file} cannot be read: {error}") from error


def _count(labels: np.ndarray[Any, Any]) -> int | None:
    """The number of classes of indices, one for each example; None for others, which are faults of the data."""
    if labels.dtype.kind not in "biuf" or not labels.ndim or not 0 < labels.size <= len(labels):
        return None
    largest = labels.max()
    return int(largest) + 1 if np.isfinite(largest) and largest >= 0 else None


def _count_in_column(file: str, name: str) -> int | None:
    """The number of classes in a column of a Parquet file; None without whole numbers."""
    column = import_module("pyarrow.parquet").read_table(file, columns=[name])[name]
    if not import_module("pyarrow").types.is_integer(column.type):
        return None
    largest = import_module("pyarrow.compute").max(column).as_py()
    return None if largest is None or largest < 0 else int(largest) + 1


def _arrays(path: Path, further: Mapping[str, Kind]) -> dict[str, Any]:
    """The arrays of a file by the kinds that they are named after, by the names of fields, or by Keras's names."""
    if path.is_file() and not is_zipfile(path):
        raise ArchspecError(f"{path} is no .npz file of NumPy's")
    with np.load(path) as file:
        names = list(file.files)
    fields: dict[str, Any] = {name: name for name in names if name in KINDS}
    fields |= {name: {"array": name, "kind": kind} for name, kind in further.items() if name in names}
    if not fields and {"x_train", "y_train"} <= set(names):
        fields = {"image": "x_train", "label": "y_train"}
    if not fields:
        known = ", ".join({**dict.fromkeys(KINDS), **further})
        raise ArchspecError(f"{path} has the arrays {', '.join(names)}, and none is called {known}")
    return {"type": "Arrays", "file": str(path), "fields": fields}


def _parquet(path: Path) -> dict[str, Any]:
    """The columns of a file by the kinds that they are named after; images of bytes are files of images."""
    schema = read_schema(str(path))
    types = import_module("pyarrow").types
    fields = {
        field.name: {
            "column": field.name,
            "kind": field.name,
            "encoded": not types.is_nested(field.type) or types.is_struct(field.type),
        }
        for field in schema
        if field.name in KINDS
    }
    if not fields:
        raise ArchspecError(f"{path} has the columns {', '.join(schema.names)}, and none is called {', '.join(KINDS)}")
    return {"type": "Parquet", "files": str(path), "fields": fields}
