"""What a comparison layer by layer says."""

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
    """The worst element of a value: where it is, the sample first, and what each backend has there."""

    index: tuple[int, ...]
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LayerParity:
    """A layer whose values differ within the network, or which differs by itself.

    `difference` is that of its output within the network, `inherited` whether what it reads differs there already.
    `alone` are the differences that are too large when both backends are given the same inputs, by what differs
    (`output`, `kernel's gradient`, ...): first one backend's inputs, then the other's.
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
        """Whether the difference is this layer's own: it differs by itself, or where its inputs do not."""
        return bool(self.alone) or not self.inherited

    def record(self) -> dict[str, Any]:
        """The layer as JSON has it."""
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

    `together` says that the network differs, and no longer when every value is an output: the layers differ in how
    they are written together, and were found by cutting the network off behind each. `inputs` are those of the network
    with respect to which the gradients differ (`@name`), whether or not a layer was found that explains it.
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
        """Whether nothing differs: no layer, and nothing that no layer explains."""
        return not self.layers and not self.together and not self.inputs

    @property
    def guilty(self) -> tuple[LayerParity, ...]:
        """The layers whose difference is their own."""
        return tuple(layer for layer in self.layers if layer.guilty)

    def record(self) -> dict[str, Any]:
        """The report as JSON has it."""
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
    """The layer's attributes that are not their defaults."""
    fields = type(node.layer).model_fields
    given = {name: getattr(node.layer, name) for name in fields}
    return {name: value for name, value in given.items() if fields[name].is_required() or value != fields[name].default}


def place_of(graph: Graph, node: Node) -> str | None:
    """Where the spec has the layer: file:line:column, or where in a document that was given as values."""
    where = graph.place(node.path)
    return f"{where.source.name}:{where.line}:{where.column}" if isinstance(where, Span) else where
