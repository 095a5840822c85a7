"""Facts about the nodes around a node, which passes ask for."""

from __future__ import annotations

from functools import cached_property

from archspec.analyses import applications
from archspec.ir import Graph, Node, Value


class Surroundings:
    """The uses of a graph's layers and values."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._outputs = frozenset(graph.outputs.values())

    @cached_property
    def _shared(self) -> frozenset[str]:
        return frozenset([node.path for nodes in applications(self._graph).values() for node in nodes])

    def is_alone(self, node: Node) -> bool:
        """Whether a node is the only application of its layer."""
        return node.shares is None and node.path not in self._shared

    def is_output(self, value: Value) -> bool:
        """Whether the network gives a value."""
        return value in self._outputs

    def readers(self, value: Value) -> tuple[Node, ...]:
        """The nodes that read a value."""
        return self._graph.consumers.get(value, ())

    def only_reader(self, node: Node) -> Node | None:
        """The one node that reads a node's value and nothing else; None if there are others, or it is an output."""
        if len(node.types) != 1 or self.is_output(node.result):
            return None
        readers = self.readers(node.result)
        return readers[0] if len(readers) == 1 and readers[0].inputs == (node.result,) else None
