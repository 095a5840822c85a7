"""Finds the order of features in frameworks whose images are channels-first.

The canonical order of a flattened image is (height, width, channels). If images are channels-first, flattening to
(channels, height, width) costs nothing, and the features of the weights behind it can be permuted once instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from archspec.analyses.sharing import applications
from archspec.ir import Axes, Graph, Layer, Node, Shape, Value, WeightSpec
from archspec.layers.axes import is_image

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Order: TypeAlias = "npt.NDArray[np.intp]"
"""For each index of a vector in the framework, the index of the feature in the canonical vector."""

_Parts: TypeAlias = tuple[int | Shape, ...]
"""A vector as a sequence of parts: a number of features in canonical order, or the shape of a channels-first image."""


def same_in_both_orders(axes: Axes) -> bool:
    """Whether channels-first and channels-last are the same order of elements."""
    return not is_image(axes) or axes[2] == 1 or axes[0] == axes[1] == 1


def channels_first_flattens(graph: Graph, flattens: Callable[[Layer], bool]) -> frozenset[str]:
    """The paths of the nodes that may flatten an image to (channels, height, width).

    `flattens` says whether a layer makes a vector of an image, and can do so in both orders. The features may only pass
    through layers that accept any order of features (`Layer.order`).

    Guarantees: if these nodes flatten channels-first, and each weight with an axis of features (`WeightSpec.features`)
    is permuted along it by `feature_orders` of its owner's first input, then all the network's outputs stay the same.
    Nodes that share weights read features in one order. Of the nodes that share a flattening layer, all or none are
    given.

    Refuses: a node whose features reach an output, a layer with a fixed order, a merge with features in another order,
    a weight without an axis of features in a layer that keeps the order, or weights that are applied to another order
    as well. An image with the same elements in both orders is left out.

    The time grows with the number of nodes times the number of dependent refusals, which is rarely above one.
    """
    kept = frozenset(
        node.path
        for node in graph.nodes
        if flattens(node.layer) and not same_in_both_orders(graph.operations[node.path].inputs[0])
    )
    while kept and (refused := _Tracing(graph, kept).refused()):
        kept -= refused
    return kept


def feature_orders(graph: Graph, flattens: Callable[[Layer], bool]) -> Mapping[Value, Order | None]:
    """The order of the features of every vector if `channels_first_flattens` are; None for the canonical order.

    Guarantees: an order is a permutation of the vector's features, and equal orders are one array, which is read-only.
    """
    tracing = _Tracing(graph, channels_first_flattens(graph, flattens))
    return {
        value: _indices(parts) if (parts := tracing.parts.get(value)) else None
        for value in graph.values.values()
        if len(value.type.axes) == 1
    }


def weight_order(orders: Mapping[Value, Order | None], node: Node, weight: WeightSpec) -> Order | None:
    """The order of a weight along its axis `features`, for the `feature_orders`; None for the canonical order.

    `node` owns the weight. A single element for all features has no order.
    """
    order = orders.get(node.inputs[0]) if weight.features is not None else None
    return order if order is not None and weight.shape[weight.features or 0] == len(order) else None


@cache
def _indices(parts: _Parts) -> Order:
    import numpy as np  # emission does not need it, and importing it takes longer than emission

    indices, start = [], 0
    for part in parts:
        size = part if isinstance(part, int) else math.prod(part)
        places = np.arange(start, start + size, dtype=np.intp)
        indices.append(places if isinstance(part, int) else places.reshape(part).transpose(2, 0, 1).ravel())
        start += size
    order = np.concatenate(indices)
    order.flags.writeable = False
    return order


class _Tracing:
    """The orders of all vectors if the nodes in `kept` flatten channels-first.

    `parts` has the vectors that are not in canonical order, and `sources` the flattening nodes that they come from.
    """

    def __init__(self, graph: Graph, kept: frozenset[str]) -> None:
        self._graph = graph
        self._kept = kept
        self.parts: dict[Value, _Parts] = {}
        self.sources: dict[Value, frozenset[str]] = {}
        for node in graph.nodes:
            self._trace(node)

    def _trace(self, node: Node) -> None:
        if node.path in self._kept:
            self.parts[node.result] = (node.inputs[0].type.shape,)
            self.sources[node.result] = frozenset({node.path})
        elif node.layer.order() in ("kept", "joined") and len(node.type.axes) == 1:
            ordered = [value for value in node.inputs if value in self.parts]
            if ordered:
                is_joined = node.layer.order() == "joined"
                self.parts[node.result] = self._joined(node) if is_joined else self.parts[ordered[0]]
                self.sources[node.result] = frozenset().union(*(self.sources[value] for value in ordered))

    def _joined(self, node: Node) -> _Parts:
        joined: list[int | Shape] = []
        for value in node.inputs:
            for part in self.parts.get(value) or value.type.shape:
                if joined and isinstance(joined[-1], int) and isinstance(part, int):
                    joined[-1] += part
                else:
                    joined.append(part)
        return tuple(joined)

    def refused(self) -> frozenset[str]:
        """The flattening nodes whose order reaches a node that does not accept it."""
        if not self._kept:
            return frozenset()
        wrong = set(self._graph.outputs.values())
        for node in self._graph.nodes:
            if not self._accepts(node):
                wrong.update(node.inputs)
        for nodes in applications(self._graph).values():
            wrong.update(self._in_several_orders(nodes))
        return frozenset(path for value in wrong for path in self.sources.get(value, ()))

    def _accepts(self, node: Node) -> bool:
        """Whether the node accepts its inputs in their orders."""
        if not any(value in self.parts for value in node.inputs):
            return True
        if node.layer.order() != "kept":
            return node.layer.order() != "fixed"
        orders = {self.parts.get(value) for value in node.inputs if value.type.axes == node.type.axes}
        return len(orders) == 1 and all(
            weight.features is not None or math.prod(weight.shape) == 1
            for weight in self._graph.operations[node.path].weights
        )

    def _in_several_orders(self, nodes: tuple[Node, ...]) -> Iterator[Value]:
        """The values that would give the applications of one layer different orders."""
        if any(weight.features is not None for weight in self._graph.operations[nodes[0].path].weights):
            inputs = [node.inputs[0] for node in nodes]
            if len({self.parts.get(value) for value in inputs}) > 1:
                yield from inputs
        elif not all(node.path in self._kept for node in nodes):
            yield from (node.result for node in nodes if node.path in self._kept)
