"""The rows of the TensorFlow backend: a row for each layer type, in files with the names of `archspec.layers`."""

from __future__ import annotations

from typing import Any

from archspec.backend.rows import RowTable
from archspec_tensorflow.emit.activation import inline_activation
from archspec_tensorflow.emit.helpers import HELPERS
from archspec_tensorflow.emit.row import Native, Row, Steps

_TABLE: RowTable[Row[Any]] = RowTable("archspec_tensorflow", "Keras", Row)

ENTRY_POINTS = _TABLE.group
"""The entry-point group for other packages' rows: the name is the layer type, the object a `Row`."""

ROWS = _TABLE.rows
"""The rows of archspec's own layers."""

row_for = _TABLE.row_for


def layer_name(path: str) -> str:
    """The name of the Keras layer for a node's path: the path itself.

    TensorFlow refuses names that begin with an underscore, so these get a dot before it.
    """
    return f".{path}" if path.startswith("_") else path


__all__ = ["ENTRY_POINTS", "HELPERS", "ROWS", "Native", "Row", "Steps", "inline_activation", "layer_name", "row_for"]
