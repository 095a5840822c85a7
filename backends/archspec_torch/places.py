"""The names and layouts of weights in a state_dict; needs no PyTorch.

The names in a state_dict are the module's path and torch's own word: `layer1.0.conv1.weight`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from archspec.analyses import Order, weight_order
from archspec.ir import Graph, Shape
from archspec.weights import Bits, NativeLayout, canonical_name
from archspec_torch.emit import Native, row_for
from archspec_torch.emit.analysis import feature_orders_of
from archspec_torch.emit.paths import module_paths

_SMALL = 1 << 20
"""The size in bytes up to which the processor's cache makes the order of access irrelevant."""

_BLOCK = 128
"""The number of rows that are transposed at a time, so that the written columns fit into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Place:
    """One weight in a state_dict: its canonical and native names and shapes, and the conversion between them.

    `order` is the native order of the features along the canonical axis `features`; None for the canonical order.
    """

    canonical: str
    layer: str
    canonical_shape: Shape
    native: str
    native_shape: Shape
    rule: Native
    features: int | None
    order: Order | None

    @property
    def names(self) -> tuple[str, ...]:
        """The name in the state_dict, the only one."""
        return (self.native,)

    def move_to_native(self, array: Bits) -> Bits:
        """A new array with the same elements."""
        return self._native(array).reshape(self.native_shape)

    def move_to_canonical(self, array: Bits) -> Bits:
        """A new array with the same elements."""
        if not self._outputs_go_first:
            axes = self._axes
            moved = array.reshape([self.canonical_shape[axis] for axis in axes]).transpose(np.argsort(axes))
            unordered = moved if self.order is None else moved.take(np.argsort(self.order), self.features)
            return np.array(unordered, order="C")
        columns, sources = array.reshape(self.canonical_shape[-1], -1), self._sources()
        rows = np.empty(columns.shape[::-1], columns.dtype)
        for start in range(0, len(sources), _BLOCK):
            rows[sources[start : start + _BLOCK]] = columns[:, start : start + _BLOCK].T
        return rows.reshape(self.canonical_shape)

    def _native(self, array: Bits) -> Bits:
        if array.nbytes <= _SMALL or not self._outputs_go_first:
            ordered = array if self.order is None else array.take(self.order, self.features)
            # Most weights of a network are vectors, which only need a copy.
            return np.array(ordered if ordered.ndim < 2 else ordered.transpose(self._axes), order="C")
        rows, sources = array.reshape(-1, array.shape[-1]), self._sources()
        native = np.empty(rows.shape[::-1], rows.dtype)
        for start in range(0, len(sources), _BLOCK):
            native[:, start : start + _BLOCK] = rows[sources[start : start + _BLOCK]].T
        return native

    @property
    def _axes(self) -> tuple[int, ...]:
        return self.rule.transposed(self.canonical_shape)

    @property
    def _outputs_go_first(self) -> bool:
        """Whether the canonical array's last axis is the native one's first, as in all large weights."""
        return len(self.canonical_shape) > 1 and self._axes[0] == len(self.canonical_shape) - 1

    def _sources(self) -> Order:
        """For each index along the native axes but the first, the index along the canonical axes but the last."""
        shape = self.canonical_shape[:-1]
        places: Order = np.arange(math.prod(shape), dtype=np.intp).reshape(shape)
        if self.order is not None:
            places = places.take(self.order, self.features)
        return places.transpose(self._axes[1:]).ravel()


def places(graph: Graph) -> Iterator[Place]:
    """The places of all weights of the network, in execution order."""
    orders, paths = feature_orders_of(graph), module_paths(graph)
    for node, weight in graph.owned_weights():
        rule = row_for(node.layer).weights[weight.slot]
        native_shape = rule.native_shape(weight.shape, graph.operations[node.path].inputs[0])
        native = f"{paths[node.path]}.{rule.name}" if rule.name else paths[node.path]
        name, order = canonical_name(node, weight), weight_order(orders, node, weight)
        yield Place(name, node.path, weight.shape, native, native_shape, rule, weight.features, order)


def counters(graph: Graph) -> tuple[str, ...]:
    """The names of counters in the state_dict, which are no weights, such as `bn1.num_batches_tracked`."""
    paths = module_paths(graph)
    return tuple(
        f"{paths[node.path]}.{counter}"
        for node in graph.nodes
        if node.shares is None
        for counter in row_for(node.layer).counters
    )


def layout(graph: Graph) -> NativeLayout:
    """The layout of the network's state_dict."""
    return NativeLayout(tuple(places(graph)), counters(graph))
