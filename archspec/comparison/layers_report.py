"""The report of a comparison layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archspec.comparison.json_values import as_json
from archspec.comparison.shape_mismatch import ShapeMismatch
from archspec.errors import Span
from archspec.ir import Graph, Node


@dataclass(frozen=True, slots=True)
class Element:
    """The element with the largest difference: its index, the sample first, and its value in each backend."""

    index: tuple[int, ...]
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LayerParity:
    """A layer that differs within the network, or when it is run alone.

    `difference` is the difference of its output within the network; `inherited` says whether its inputs differ there
    already. `alone` are the differences when it is run alone, by the tensor (`output`, `kernel's gradient`, ...): with
    the first backend's inputs for both backends, then with the other's.
    """

    path: str
    layer_type: str
    attributes: Mapping[str, Any]
    place: str | None
    difference: float
    inherited: bool
    worst: Element | None
    alone: Mapping[str, float]
    shape_mismatch: ShapeMismatch | None = None

    @property
    def guilty(self) -> bool:
        """Whether the difference is the layer's own: it differs when run alone, or its inputs do not differ."""
        return bool(self.alone) or not self.inherited

    def record(self) -> dict[str, Any]:
        """The layer for JSON."""
        worst = self.worst and {"index": list(self.worst.index), "values": dict(self.worst.values)}
        return as_json(
            {
                "path": self.path,
                "layer_type": self.layer_type,
                "attributes": self.attributes,
                "place": self.place,
                "difference": self.difference,
                "inherited": self.inherited,
                "worst": worst,
                "alone": dict(self.alone),
                "guilty": self.guilty,
                "shape": self.shape_mismatch and self.shape_mismatch.record(),
            }
        )


@dataclass(frozen=True, slots=True)
class LayersReport:
    """Every layer that differs, in execution order. `mode` is inference or training.

    `together` says that the network differs, but not with all values as outputs: the cause is the way in which layers
    are written together, and the layers were found by cutting the network off after each. `inputs` are the network's
    inputs (`@name`) whose gradients differ, whether or not a layer explains it.
    """

    network: str
    backends: tuple[str, ...]
    mode: str
    compared: int
    layers: tuple[LayerParity, ...]
    together: bool = False
    inputs: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no layer and no gradient of an input differs, and the network does not either."""
        return not self.layers and not self.together and not self.inputs

    @property
    def guilty(self) -> tuple[LayerParity, ...]:
        """The layers with a difference of their own."""
        return tuple(layer for layer in self.layers if layer.guilty)

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "mode": self.mode,
            "compared": self.compared,
            "passed": self.passed,
            "together": self.together,
            "inputs": list(self.inputs),
            "guilty": [layer.path for layer in self.guilty],
            "layers": [layer.record() for layer in self.layers],
        }


def attributes_of(node: Node) -> dict[str, Any]:
    """The layer's attributes without those that have their default values."""
    fields = type(node.layer).model_fields
    given = {name: getattr(node.layer, name) for name in fields}
    own = {name for name, value in given.items() if fields[name].is_required() or value != fields[name].default}
    return node.layer.model_dump(include=own)


def place_of(graph: Graph, node: Node) -> str | None:
    """The layer's place in the spec: file:line:column, or the path in a document of Python values."""
    where = graph.place(node.path)
    return f"{where.source.name}:{where.line}:{where.column}" if isinstance(where, Span) else where
