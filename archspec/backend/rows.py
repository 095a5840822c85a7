"""The table of a backend's rows: one for each layer type, from its own modules and other packages' entry points."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec.layers import families

RowT = TypeVar("RowT")


class RowTable(Generic[RowT]):
    """The rows of one backend.

    Each module of `backend`.emit that is called as a family of `archspec.layers` has a mapping `ROWS` for its layers;
    a family without such a module is refused. Another package offers a row as an entry point of the group
    `backend`.rows, under the name of its layer type. `framework` is the name for messages.
    """

    def __init__(self, backend: str, framework: str, row_type: type[RowT]) -> None:
        self.group: Final = f"{backend}.rows"
        modules = [f"{backend}.emit.{family}" for family in families()]
        own = [import_module(module).ROWS for module in modules if find_spec(module)]
        self.rows: Final[Mapping[type[Layer], RowT]] = MappingProxyType(
            {layer_type: row for rows in own for layer_type, row in rows.items()}
        )
        self._package = f"{backend}/emit"
        self._framework = framework
        self._row_type = row_type
        self._foreign: dict[str, RowT] = {}

    def row_for(self, layer: Layer) -> RowT:
        """The row of a layer's type; raises `EmitError` where there is none."""
        return self.rows.get(type(layer)) or self._foreign_row(type(layer).__name__)

    def _foreign_row(self, layer_type: str) -> RowT:
        if layer_type not in self._foreign:
            self._foreign[layer_type] = self._loaded(layer_type)
        return self._foreign[layer_type]

    def _loaded(self, layer_type: str) -> RowT:
        for entry in entry_points(group=self.group, name=layer_type):
            row = entry.load()
            if not isinstance(row, self._row_type):
                raise EmitError(f"the entry point {entry.value} of group {self.group} should be a Row, not {row!r}")
            return row
        raise EmitError(
            f"{self._framework} has no row for the layer {layer_type}: a built-in layer needs one in {self._package}, "
            f"another package's needs an entry point called {layer_type} in the group {self.group}",
            layer_type=layer_type,
        )
