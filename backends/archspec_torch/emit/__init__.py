"""How PyTorch says each layer: a row a layer type, in a file for each family of `archspec.layers`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec_torch.emit import (
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
from archspec_torch.emit.helpers import HELPERS
from archspec_torch.emit.row import Native, Row, TorchLayer

ENTRY_POINTS: Final = "archspec_torch.rows"
"""The entry-point group for other packages' rows: each is named as its layer type and loads a `Row`."""

ROWS: Final[Mapping[type[Layer], Row]] = MappingProxyType(
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
"""The rows of archspec's own layers."""


def row_for(layer: Layer) -> Row:
    """The row for a layer; other packages' rows are looked for only where ROWS has none.

    Raises `EmitError` where there is no row at all.
    """
    return ROWS.get(type(layer)) or _foreign_row(type(layer).__name__)


@cache
def _foreign_row(layer_type: str) -> Row:
    # Looking at what is installed takes longer than importing this module.
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS, name=layer_type):
        row = entry.load()
        if not isinstance(row, Row):
            raise EmitError(f"the entry point {entry.value} of group {ENTRY_POINTS} should be a Row, not {row!r}")
        return row
    raise EmitError(
        f"PyTorch has no row for the layer {layer_type}: a built-in layer needs one in archspec_torch/emit, "
        f"another package's needs an entry point called {layer_type} in the group {ENTRY_POINTS}",
        layer_type=layer_type,
    )


__all__ = ["ENTRY_POINTS", "HELPERS", "ROWS", "Native", "Row", "TorchLayer", "row_for"]
