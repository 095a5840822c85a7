"""Colour refinement of two graphs at once: nodes of equal colours have equal surroundings.

A node's colour says what it is, what it reads, what reads it, and which nodes share its weights. Equal descriptions are
one number, the same in both graphs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from archspec.checkpoints.matching.skeleton import Skeleton

Colours = list[int]
"""A colour for each node; `GONE` for a node that is not compared."""

GONE = -1


class Painter:
    """Gives colours to the nodes of both graphs."""

    def __init__(self, graphs: Sequence[Skeleton]) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._readers = [_readers(graph) for graph in graphs]
        self._uses = [_uses(graph) for graph in graphs]
        self.graphs = graphs

    def first(self, marks: Sequence[Mapping[int, Hashable]], *, from_outputs: bool) -> list[Colours]:
        """Colours by what the nodes read, or with `from_outputs` by what reads them.

        Nodes of a colour that the other graph lacks are `GONE`. `marks` are further labels of nodes.
        """
        colours = []
        for number, graph in enumerate(self.graphs):
            labels = [
                self._number(("label", label, marks[number].get(node))) for node, label in enumerate(graph.labels)
            ]
            colours.append(self._backward(number, labels) if from_outputs else self._forward(number, labels))
        common = set(colours[0]) & set(colours[1])
        return [[each if each in common else GONE for each in own] for own in colours]

    def refined(self, colours: Sequence[Colours]) -> list[Colours]:
        """Colours that tell apart nodes with different surroundings, as far as the nodes are not `GONE`."""
        found = [list(own) for own in colours]
        count = -1
        while (now := len({*found[0], *found[1]})) > count:
            count = now
            for number in range(len(self.graphs)):
                own = self._backward(number, self._forward(number, found[number]))
                found[number] = self._shared(number, own)
        return found

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _forward(self, number: int, labels: Colours) -> Colours:
        graph, found = self.graphs[number], list(labels)
        for node, label in enumerate(labels):
            if label != GONE:
                read: Iterable[int] = (found[each] for each in graph.inputs[node])
                ordered = tuple(sorted(read) if graph.step(node).commutes else read)
                found[node] = self._number(("reads", label, ordered))
        return found

    def _backward(self, number: int, labels: Colours) -> Colours:
        readers, found = self._readers[number], list(labels)
        for node in range(len(labels) - 1, -1, -1):
            if labels[node] != GONE:
                read = tuple(sorted((found[reader], place) for reader, place in readers[node] if found[reader] != GONE))
                found[node] = self._number(("read by", labels[node], read))
        return found

    def _shared(self, number: int, labels: Colours) -> Colours:
        """Colours that also say which nodes have the same weights."""
        found = list(labels)
        for nodes in self._uses[number]:
            together = tuple(sorted(labels[node] for node in nodes))
            for node in nodes:
                if labels[node] != GONE:
                    found[node] = self._number(("shares", labels[node], together))
        return found


def _readers(graph: Skeleton) -> list[list[tuple[int, int]]]:
    """The nodes that read each node, with the places of the input; one place if the order does not matter."""
    found: list[list[tuple[int, int]]] = [[] for _ in graph.labels]
    for node, inputs in enumerate(graph.inputs):
        for place, each in enumerate(inputs):
            found[each].append((node, -1 if graph.step(node).commutes else place))
    return found


def _uses(graph: Skeleton) -> list[list[int]]:
    """The nodes of each layer with several uses."""
    uses: dict[str, list[int]] = {}
    for node in range(len(graph.labels)):
        if owner := graph.step(node).owner:
            uses.setdefault(owner, []).append(node)
    return [nodes for nodes in uses.values() if len(nodes) > 1]
