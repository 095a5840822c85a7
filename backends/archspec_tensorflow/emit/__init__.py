"""How Keras writes each layer: a row a class, a family a file, under the names of `archspec.layers`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Final

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec.layers import families
from archspec_tensorflow.emit.activation import inline_activation
from archspec_tensorflow.emit.helpers import HELPERS
from archspec_tensorflow.emit.row import Native, Row, Steps


def _rows_of(family: str) -> Mapping[type[Layer], Row[Any]]:
    """The rows of a family of `archspec.layers`; none where the backend lacks it, whose layers are refused then."""
    module = f"{__name__}.{family}"
    return import_module(module).ROWS if find_spec(module) else {}


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {kind: row for family in families() for kind, row in _rows_of(family).items()}
)

ENTRY_POINTS: Final = "archspec_tensorflow.rows"
"""The entry-point group for other packages' rows: each is named as its layer type and loads a `Row`."""


def row_for(layer: Layer) -> Row[Any]:
    """The row for a layer; other packages' rows are looked for only where ROWS has none.

    Raises `EmitError` where there is no row at all.
    """
    return ROWS.get(type(layer)) or _foreign_row(type(layer).__name__)


@cache
def _foreign_row(layer_type: str) -> Row[Any]:
    # Looking at what is installed takes longer than importing this module.
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS, name=layer_type):
        row = entry.load()
        if not isinstance(row, Row):
            raise EmitError(f"the entry point {entry.value} of group {ENTRY_POINTS} should be a Row, not {row!r}")
        return row
    raise EmitError(
        f"Keras has no row for the layer {layer_type}: a built-in layer needs one in archspec_tensorflow/emit, "
        f"another package's needs an entry point called {layer_type} in the group {ENTRY_POINTS}",
        layer_type=layer_type,
    )


def layer_name(path: str) -> str:
    """The Keras layer's name for a node's path.

    It is the path itself, but TensorFlow refuses a name that starts with an underscore: that gets a dot before it.
    """
    return f".{path}" if path.startswith("_") else path


__all__ = ["ENTRY_POINTS", "HELPERS", "ROWS", "Native", "Row", "Steps", "inline_activation", "layer_name", "row_for"]
