"""How values lie in torch's memory, found by looking at the whole graph.

Images are channels-first in torch. Where an image is flattened for a Dense layer, torch's own order (channels, height,
width) costs nothing and the rows of the Dense kernel can be permuted once instead; this page finds where that is so,
and where an activation may overwrite its input.
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
"""The fact that flattening an image may keep torch's order."""

Order: TypeAlias = "npt.NDArray[np.intp]"
"""For each place of a vector in torch, the place of that feature in the canonical vector."""

_Runs: TypeAlias = tuple[int | Shape, ...]
"""A vector as stretches: a length in canonical order, or an image's shape that lies channels-first."""


def facts(graph: Graph) -> dict[str, frozenset[str]]:
    """What each node's emission row may rely on: a set of INPLACE and CHANNELS_FIRST for every path."""
    found = dict.fromkeys([node.path for node in graph.nodes], frozenset[str]())
    for fact, paths in ((INPLACE, overwriting(graph)), (CHANNELS_FIRST, flatten_orders(graph))):
        only = frozenset({fact})
        found.update({path: found[path] | only for path in paths})
    return found


def overwriting(graph: Graph) -> frozenset[str]:
    """The nodes that may overwrite their input: nothing else reads it, not even the gradient of what made it."""
    outputs = frozenset(graph.outputs.values())
    able = [node for node in graph.nodes if row_for(node.layer).overwrites]
    refused = {owner(graph, node) for node in able if not _is_spare(graph, node.inputs[0], outputs)}
    return frozenset([node.path for node in able if owner(graph, node) not in refused])


def _is_spare(graph: Graph, value: Value, outputs: frozenset[Value]) -> bool:
    """Whether this value's memory is free to use once its only reader has read it."""
    while True:
        if value.startswith("@") or value in outputs or len(graph.consumers[value]) > 1:
            return False
        producer = graph.by_path[value]
        result = row_for(producer.layer).result
        if result != "passed":
            return result == "fresh"
        value = producer.inputs[0]


def owner(graph: Graph, node: Node) -> str:
    """The path of the node whose module this node applies: its own, unless it shares another's."""
    while node.shares is not None:
        node = graph.by_path[node.shares]
    return node.path


def flatten_orders(graph: Graph) -> frozenset[str]:
    """The Flatten nodes that may leave an image's features channels-first.

    Such features go only through layers that keep a vector's order, to Dense layers at last: never into an output, a
    reshape, a merge with features in another order, or into weights that are used elsewhere on another order.
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
    """The order of the features of every vector in torch; None where it is the canonical one."""
    tracing = _Tracing(graph, flatten_orders(graph))
    values = [*(f"@{name}" for name in graph.inputs), *(node.path for node in graph.nodes)]
    return {
        value: _indices(runs) if (runs := tracing.runs.get(value)) else None
        for value in values
        if len(graph.type_of(value).axes) == 1
    }


@cache
def _indices(runs: _Runs) -> Order:
    import numpy as np  # emission needs no numbers, and the import takes longer than it

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
    """The orders of all vectors when the flattenings in `kept` stay channels-first.

    `runs` has the vectors that are not in canonical order, and `sources` the flattenings they come from.
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
        """The flattenings whose order arrives where it must not."""
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
        """Whether the node may read its inputs in the orders they have."""
        if not any(value in self.runs for value in node.inputs):
            return True
        if node.layer.feature_order == "fixed":
            return _has_features(node)
        if node.layer.feature_order == "joined":
            return True
        orders = {self.runs.get(value) for value in node.inputs if self._graph.type_of(value).axes == node.type.axes}
        return len(orders) == 1

    def _told_apart(self, uses: list[Node]) -> Iterator[Value]:
        """The values that would make these uses of one module differ from each other."""
        if _has_features(uses[0]):
            inputs = [node.inputs[0] for node in uses]
            if len({self.runs.get(value) for value in inputs}) > 1:
                yield from inputs
        elif not all(node.path in self._kept for node in uses):
            yield from (node.path for node in uses if node.path in self._kept)


def _has_features(node: Node) -> bool:
    """Whether the node's weights can be permuted to suit its input."""
    return any(native.features is not None for native in row_for(node.layer).weights.values())


def _shared(graph: Graph) -> Iterable[list[Node]]:
    """The groups of nodes that apply one module."""
    groups: dict[str, list[Node]] = {owner(graph, node): [] for node in graph.nodes if node.shares is not None}
    for node in graph.nodes if groups else ():
        group = groups.get(owner(graph, node))
        if group is not None:
            group.append(node)
    return groups.values()
