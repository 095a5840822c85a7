"""A framework's names, shapes and layouts of weights, and the conversion from and to canonical ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from archspec.ir import Graph, Shape
from archspec.weights.names import canonical_name
from archspec.weights.stored import Bits


class NativeWeight(Protocol):
    """One weight. The conversion moves elements of any type and changes none."""

    @property
    def canonical(self) -> str:
        """The canonical name, as conv1:kernel."""

    @property
    def layer(self) -> str:
        """The path of the node that owns it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its names in the framework's files; the first is the one that is written."""

    @property
    def canonical_shape(self) -> Shape:
        """The canonical shape."""

    @property
    def native_shape(self) -> Shape:
        """The shape in the framework."""

    def move_to_native(self, array: Bits) -> Bits:
        """The same elements in the framework's layout."""

    def move_to_canonical(self, array: Bits) -> Bits:
        """The same elements in the canonical layout."""


@dataclass(frozen=True, slots=True)
class NativeLayout:
    """All weights of a network in execution order, and the names of further integer scalars, which are 0 initially."""

    weights: tuple[NativeWeight, ...]
    counters: tuple[str, ...] = ()


class ListedLayer(NamedTuple):
    """A layer as a framework's files list it: its class there, and the nodes whose weights it has, in their order.

    The class of a layer in a model inside begins with that of the model: `Sequential/Conv2D`.
    """

    kind: str
    owners: tuple[str, ...] = ()


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
    """The layout of canonical files, without any conversion."""
    owned = [(node.path, canonical_name(node, weight), weight.shape) for node, weight in graph.owned_weights()]
    return NativeLayout(tuple(Unmoved(name, path, (name,), shape) for path, name, shape in owned))
