"""How Keras writes each layer: a row a class, a family a file, under the names of `archspec.layers`."""

from __future__ import annotations

from typing import Any

from archspec.backend.rows import RowTable
from archspec_tensorflow.emit.activation import inline_activation
from archspec_tensorflow.emit.helpers import HELPERS
from archspec_tensorflow.emit.row import Native, Row, Steps

_TABLE: RowTable[Row[Any]] = RowTable("archspec_tensorflow", "Keras", Row)

ENTRY_POINTS = _TABLE.group
"""The entry-point group for other packages' rows: each is named as its layer type and loads a `Row`."""

ROWS = _TABLE.rows
"""The rows of archspec's own layers."""

row_for = _TABLE.row_for


def layer_name(path: str) -> str:
    """The Keras layer's name for a node's path.

    It is the path itself, but TensorFlow refuses a name that starts with an underscore: that gets a dot before it.
    """
    return f".{path}" if path.startswith("_") else path


__all__ = ["ENTRY_POINTS", "HELPERS", "ROWS", "Native", "Row", "Steps", "inline_activation", "layer_name", "row_for"]
