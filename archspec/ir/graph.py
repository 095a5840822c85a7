"""The network as the compiler sees it: layers in execution order, wired by values, in a tree of scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from archspec.errors import Where
from archspec.ir.declared import Program
from archspec.ir.interfaces import Interface, interfaces
from archspec.ir.layer import Layer, WeightSpec
from archspec.ir.third_parties import ThirdParty
from archspec.ir.tree import Node, Scope, walk
from archspec.ir.types import Axes, Shape, TensorType
from archspec.ir.values import Input, Value


class Place(Protocol):
    """A layer's place in the spec. Where that is in the text is only looked for when it is asked."""

    @property
    def where(self) -> Where:
        """Where the layer stands."""

    def inside(self, *steps: str | int) -> Place:
        """The place of the value of one of its keys; the layer's own if it has no such key."""


@dataclass(frozen=True, eq=False)
class Operation:
    """A layer with the types of its inputs and results. Nodes with equal operations differ in their weights only."""

    layer: Layer
    reads: tuple[TensorType, ...]
    gives: tuple[TensorType, ...]

    @cached_property
    def inputs(self) -> tuple[Axes, ...]:
        """The axes that it reads."""
        return tuple([each.axes for each in self.reads])

    @property
    def output(self) -> Axes:
        """The axes of its only result."""
        (gives,) = self.gives
        return gives.axes

    @cached_property
    def weights(self) -> tuple[WeightSpec, ...]:
        """The weights that a node owns which computes this, in Keras's order."""
        return self.layer.weights(self.reads)

    @cached_property
    def multiply_adds(self) -> int | None:
        """Multiply-adds for one sample; None where they depend on an axis that is unknown."""
        if all(each.is_known for each in (*self.reads, *self.gives)):
            return self.layer.multiply_adds([each.shape for each in self.reads], self.gives[0].shape)
        # What multiplies nothing for one length does so for none.
        reads = [_with_ones(axes) for axes in self.inputs]
        return None if self.layer.multiply_adds(reads, _with_ones(self.gives[0].axes)) else 0

    @cached_property
    def light(self) -> bool:
        """Whether it is elementwise work on one value."""
        return self.reads == self.gives and self.multiply_adds == 0


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole network. `members` are in execution order: nodes only read earlier values."""

    name: str
    inputs: Mapping[str, TensorType]
    members: tuple[Node | Scope, ...]
    outputs: Mapping[str, Value]
    description: str = ""
    source: str = ""
    """The origin of the network, in the spec's words."""
    places: Mapping[str, Place] = field(default_factory=dict, repr=False)
    """The places of nodes, scopes and inputs in the spec, by their paths."""
    program: Program | None = field(default=None, repr=False)
    """The author's declarations."""
    arguments: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The values of the document's params."""
    with_param: Callable[[str, int | float], Graph | None] | None = field(default=None, repr=False)
    """Gives the same network for another value of a param, or None for a value without a network. Passes drop it."""
    third_parties: tuple[ThirdParty, ...] = field(default=(), repr=False)
    """The third parties whose names for its layers are known."""
    recomputed: frozenset[str] = frozenset()
    """The blocks whose inner values a training step computes again in backward, instead of keeping them."""
    for_inference: bool = False
    """Whether it was optimised for inference. A backend then writes what is fastest there, such as a memory layout."""
    fused: bool = False
    """Whether its source joins layers for the framework's fused operators. Only some backends have such a form."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node, in execution order."""
        return tuple(walk(self.members))

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Every scope; outer scopes come before inner ones."""
        found: list[Scope] = []
        waiting = [member for member in reversed(self.members) if isinstance(member, Scope)]
        while waiting:
            scope = waiting.pop()
            found.append(scope)
            waiting.extend(member for member in reversed(scope.members) if isinstance(member, Scope))
        return tuple(found)

    @cached_property
    def by_path(self) -> Mapping[str, Node]:
        """The nodes by their paths."""
        return {node.path: node for node in self.nodes}

    @cached_property
    def input_values(self) -> Mapping[str, Input]:
        """The inputs as values, by their names."""
        return {name: Input(name, type_) for name, type_ in self.inputs.items()}

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """Every value, by its text: inputs first, then results in execution order."""
        found: dict[str, Value] = {str(value): value for value in self.input_values.values()}
        return found | {str(result): result for node in self.nodes for result in node.results}

    def maker(self, value: Value) -> Node | None:
        """The node that makes a value; None for an input of the network, and for a value that the network lacks."""
        return None if isinstance(value, Input) else self.by_path.get(value.node)

    def has(self, value: Value) -> bool:
        """Whether the network has a value."""
        if isinstance(value, Input):
            return value.name in self.inputs
        node = self.by_path.get(value.node)
        return node is not None and value.number < len(node.types)

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """The operation of each node, by its path. Equal operations are one object; there are far fewer than nodes."""
        known: dict[tuple[Layer, tuple[TensorType, ...]], Operation] = {}
        found: dict[str, Operation] = {}
        for node in self.nodes:
            layer, reads = node.layer, node.reads
            found[node.path] = known.setdefault((layer, reads), Operation(layer, reads, node.types))
        return found

    @cached_property
    def interfaces(self) -> Mapping[str, Interface]:
        """The interface of each scope, by its path."""
        return interfaces(self.nodes, self.scopes, self.outputs.values())

    @cached_property
    def consumers(self) -> Mapping[Value, tuple[Node, ...]]:
        """The nodes that read each value; unread values are missing."""
        found: dict[Value, list[Node]] = {}
        for node in self.nodes:
            for value in dict.fromkeys(node.inputs):
                found.setdefault(value, []).append(node)
        return {value: tuple(nodes) for value, nodes in found.items()}

    def place(self, path: str, key: str | None = None) -> Where | None:
        """The place of a layer, scope or input in the spec, or of one of its keys; None if it is unknown."""
        place = self.places.get(path)
        if place is None:
            return None
        return place.where if key is None else place.inside(key).where

    @cached_property
    def is_known(self) -> bool:
        """Whether the lengths of all its values' axes are known."""
        return all(each.type.is_known for each in self.values.values())

    def owned_weights(self) -> Iterator[tuple[Node, WeightSpec]]:
        """Every weight once, with the node that owns it, in execution order."""
        return iter(self._owned_weights)

    @cached_property
    def _owned_weights(self) -> tuple[tuple[Node, WeightSpec], ...]:
        owners = (node for node in self.nodes if node.shares is None)
        return tuple((node, weight) for node in owners for weight in self.operations[node.path].weights)

    def multiply_adds(self) -> int | None:
        """Multiply-adds of a forward pass of one sample; None if they depend on unknown axes."""
        counts = [self.operations[node.path].multiply_adds for node in self.nodes]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


def _with_ones(axes: Axes) -> Shape:
    return tuple([1 if axis is None else axis for axis in axes])
