"""Two analyses of the whole graph: memory layout of flattened images, and activations in place.

Images are channels-first in PyTorch. If an image is flattened for a Dense layer, PyTorch's order (channels, height,
width) costs nothing, and the rows of the Dense kernel can be permuted once instead. This module finds the Flatten
layers for which this is possible, and the activations that may overwrite their inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from archspec.ir import Graph, Node, Shape, Value
from archspec_torch.emit import row_for
from archspec_torch.emit.shape import same_in_both_orders

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

INPLACE: Final = "inplace"
"""The fact that a layer may overwrite its input."""

CHANNELS_FIRST: Final = "channels_first"
"""The fact that flattening an image may keep PyTorch's order."""

Order: TypeAlias = "npt.NDArray[np.intp]"
"""For each index of a vector in PyTorch, the index of the feature in the canonical vector."""

_Runs: TypeAlias = tuple[int | Shape, ...]
"""A vector as a sequence of parts: a length for features in canonical order, or the shape of a channels-first image."""


def facts(graph: Graph) -> dict[str, frozenset[str]]:
    """The facts for each node's row: a set of INPLACE and CHANNELS_FIRST for every path."""
    found = dict.fromkeys([node.path for node in graph.nodes], frozenset[str]())
    for fact, paths in ((INPLACE, overwriting(graph)), (CHANNELS_FIRST, flatten_orders(graph))):
        only = frozenset({fact})
        found.update({path: found[path] | only for path in paths})
    return found


def overwriting(graph: Graph) -> frozenset[str]:
    """The nodes that may overwrite their input: no other node and no gradient reads it."""
    outputs = frozenset(graph.outputs.values())
    able = [node for node in graph.nodes if row_for(node.layer).overwrites]
    refused = {owner(graph, node) for node in able if not _is_spare(graph, node.inputs[0], outputs)}
    return frozenset([node.path for node in able if owner(graph, node) not in refused])


def _is_spare(graph: Graph, value: Value, outputs: frozenset[Value]) -> bool:
    """Whether a value's memory can be overwritten by its only reader."""
    while True:
        if value.startswith("@") or value in outputs or len(graph.consumers[value]) > 1:
            return False
        producer = graph.by_path[value]
        result = row_for(producer.layer).result
        if result != "passed":
            return result == "fresh"
        value = producer.inputs[0]


def owner(graph: Graph, node: Node) -> str:
    """The path of the node whose module this node applies: its own, or the one whose weights it shares."""
    while node.shares is not None:
        node = graph.by_path[node.shares]
    return node.path


def flatten_orders(graph: Graph) -> frozenset[str]:
    """The Flatten nodes that may leave an image's features channels-first.

    Their features must only pass through layers that keep the order of a vector, and end in Dense layers. They must not
    reach an output, a reshape, a merge with features in another order, or weights that another use applies to another
    order.
    """
    kept = frozenset(
        node.path
        for node in graph.nodes
        if row_for(node.layer).flattens and not same_in_both_orders(graph.operations[node.path].inputs[0])
    )
    while kept and (refused := _Tracing(graph, kept).refused()):
        kept -= refused
    return kept


def feature_order(graph: Graph) -> dict[Value, Order | None]:
    """The order of the features of every vector in PyTorch; None for the canonical order."""
    tracing = _Tracing(graph, flatten_orders(graph))
    values = [*(f"@{name}" for name in graph.inputs), *(node.path for node in graph.nodes)]
    return {
        value: _indices(runs) if (runs := tracing.runs.get(value)) else None
        for value in values
        if len(graph.type_of(value).axes) == 1
    }


@cache
def _indices(runs: _Runs) -> Order:
    import numpy as np  # emission does not need it, and importing it takes longer than emission

    parts, start = [], 0
    for run in runs:
        size = run if isinstance(run, int) else int(np.prod(run))
        places = np.arange(start, start + size, dtype=np.intp)
        parts.append(places if isinstance(run, int) else places.reshape(run).transpose(2, 0, 1).ravel())
        start += size
    order = np.concatenate(parts)
    order.flags.writeable = False
    return order


class _Tracing:
    """The orders of all vectors if the Flatten nodes in `kept` stay channels-first.

    `runs` are the vectors that are not in canonical order, and `sources` the Flatten nodes that they come from.
    """

    def __init__(self, graph: Graph, kept: frozenset[str]) -> None:
        self._graph = graph
        self._kept = kept
        self.runs: dict[Value, _Runs] = {}
        self.sources: dict[Value, frozenset[str]] = {}
        for node in graph.nodes:
            self._trace(node)

    def _trace(self, node: Node) -> None:
        if node.path in self._kept:
            self.runs[node.path] = self._graph.input_shapes(node)
            self.sources[node.path] = frozenset({node.path})
        elif len(node.type.axes) == 1 and node.layer.feature_order != "fixed":
            ordered = [value for value in node.inputs if value in self.runs]
            if ordered:
                is_joined = node.layer.feature_order == "joined"
                self.runs[node.path] = self._joined(node) if is_joined else self.runs[ordered[0]]
                self.sources[node.path] = frozenset().union(*(self.sources[value] for value in ordered))

    def _joined(self, node: Node) -> _Runs:
        joined: list[int | Shape] = []
        for value in node.inputs:
            for run in self.runs.get(value) or self._graph.type_of(value).shape:
                if joined and isinstance(joined[-1], int) and isinstance(run, int):
                    joined[-1] += run
                else:
                    joined.append(run)
        return tuple(joined)

    def refused(self) -> frozenset[str]:
        """The Flatten nodes whose order reaches a node that does not accept it."""
        if not self._kept:
            return frozenset()
        wrong = set(self._graph.outputs.values())
        for node in self._graph.nodes:
            if not self._accepts(node):
                wrong.update(node.inputs)
        for uses in _shared(self._graph):
            wrong.update(self._told_apart(uses))
        return frozenset(path for value in wrong for path in self.sources.get(value, ()))

    def _accepts(self, node: Node) -> bool:
        """Whether the node accepts its inputs in their orders."""
        if not any(value in self.runs for value in node.inputs):
            return True
        if node.layer.feature_order == "fixed":
            return _has_features(node)
        if node.layer.feature_order == "joined":
            return True
        orders = {self.runs.get(value) for value in node.inputs if self._graph.type_of(value).axes == node.type.axes}
        return len(orders) == 1

    def _told_apart(self, uses: list[Node]) -> Iterator[Value]:
        """The values that would give the uses of one module different orders."""
        if _has_features(uses[0]):
            inputs = [node.inputs[0] for node in uses]
            if len({self.runs.get(value) for value in inputs}) > 1:
                yield from inputs
        elif not all(node.path in self._kept for node in uses):
            yield from (node.path for node in uses if node.path in self._kept)


def _has_features(node: Node) -> bool:
    """Whether the node's weights can be permuted for the order of its input."""
    return any(native.features is not None for native in row_for(node.layer).weights.values())


def _shared(graph: Graph) -> Iterable[list[Node]]:
    """The groups of nodes that apply the same module."""
    groups: dict[str, list[Node]] = {owner(graph, node): [] for node in graph.nodes if node.shares is not None}
    for node in graph.nodes if groups else ():
        group = groups.get(owner(graph, node))
        if group is not None:
            group.append(node)
    return groups.values()
