"""How Keras writes each layer: a row a class, a family a file, under the names of `archspec.layers`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec_tensorflow.emit import (
    activation,
    channels,
    conv,
    conv_transpose,
    dense,
    merge,
    norm,
    pool,
    regularisation,
    resize,
    shape,
)
from archspec_tensorflow.emit.activation import inline_activation
from archspec_tensorflow.emit.helpers import HELPERS
from archspec_tensorflow.emit.row import Native, Row, Steps

ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        **conv.ROWS,
        **conv_transpose.ROWS,
        **dense.ROWS,
        **pool.ROWS,
        **norm.ROWS,
        **activation.ROWS,
        **regularisation.ROWS,
        **shape.ROWS,
        **channels.ROWS,
        **resize.ROWS,
        **merge.ROWS,
    }
)

GROUP = "archspec_tensorflow.rows"
"""Where third parties give rows: entry points named as the layer's class, each a `Row`."""


def row_for(layer: Layer) -> Row[Any]:
    """The row of a layer's class; raises `EmitError` if there is none."""
    kind = type(layer)
    if kind in ROWS:
        return ROWS[kind]
    for entry in entry_points(group=GROUP, name=kind.__name__):
        row = entry.load()
        if isinstance(row, Row):
            return row
        raise EmitError(f"the entry point {entry.value} of {GROUP} is not a Row of archspec_tensorflow.emit")
    family = kind.__module__.rpartition(".")[2]
    raise EmitError(
        f"the TensorFlow backend does not know the layer {kind.__name__}: it needs a row in "
        f"backends/archspec_tensorflow/emit/{family}.py, or an entry point of that name in the group {GROUP}"
    )


def layer_name(path: str) -> str:
    """The Keras layer's name for a node's path.

    It is the path itself, but TensorFlow refuses a name that starts with an underscore: that gets a dot before it.
    """
    return f".{path}" if path.startswith("_") else path


__all__ = ["GROUP", "HELPERS", "ROWS", "Native", "Row", "Steps", "inline_activation", "layer_name", "row_for"]
