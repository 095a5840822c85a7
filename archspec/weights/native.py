"""Where a framework keeps a network's weights: their names there, shapes, and the way there and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from archspec.ir import Graph, Shape
from archspec.weights.names import canonical_name
from archspec.weights.stored import Bits


class NativeWeight(Protocol):
    """One weight. The way there and back moves elements and changes none, of whatever type they are."""

    @property
    def canonical(self) -> str:
        """The canonical name, as conv1:kernel."""

    @property
    def layer(self) -> str:
        """The path of the node that owns it."""

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called in the framework's files; the first is the name that is written."""

    @property
    def canonical_shape(self) -> Shape:
        """The shape outside of the framework."""

    @property
    def native_shape(self) -> Shape:
        """The shape in the framework."""

    def move_to_native(self, array: Bits) -> Bits:
        """The same elements where the framework has them."""

    def move_to_canonical(self, array: Bits) -> Bits:
        """The same elements in the canonical layout."""


@dataclass(frozen=True, slots=True)
class NativeLayout:
    """All weights of a network in execution order, and the names of integer scalars beside them that start at 0."""

    weights: tuple[NativeWeight, ...]
    counters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmoved:
    """A weight whose layout is the canonical one."""

    canonical: str
    layer: str
    names: tuple[str, ...]
    canonical_shape: Shape

    @property
    def native_shape(self) -> Shape:
        """The canonical shape."""
        return self.canonical_shape

    def move_to_native(self, array: Bits) -> Bits:
        """The array itself."""
        return array

    def move_to_canonical(self, array: Bits) -> Bits:
        """The array itself."""
        return array


def canonical_layout(graph: Graph) -> NativeLayout:
    """The layout of canonical files: nothing is moved."""
    owned = [(node.path, canonical_name(node, weight), weight.shape) for node, weight in graph.owned_weights()]
    return NativeLayout(tuple(Unmoved(name, path, (name,), shape) for path, name, shape in owned))
