"""The rows of the PyTorch backend: a row for each layer type, in files with the names of `archspec.layers`."""

from __future__ import annotations

from archspec.backend.rows import RowTable
from archspec_torch.emit.helpers import HELPERS
from archspec_torch.emit.row import Native, Row, TorchLayer

_TABLE = RowTable("archspec_torch", "PyTorch", Row)

ENTRY_POINTS = _TABLE.group
"""The entry-point group for other packages' rows: the name is the layer type, the object a `Row`."""

ROWS = _TABLE.rows
"""The rows of archspec's own layers."""

row_for = _TABLE.row_for


__all__ = ["ENTRY_POINTS", "HELPERS", "ROWS", "Native", "Row", "TorchLayer", "row_for"]
