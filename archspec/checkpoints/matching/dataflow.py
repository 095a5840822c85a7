"""Which layers come before which, whatever the order of execution."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.ir import Graph


def befores(graph: Graph, layers: Sequence[str]) -> list[int]:
    """For each layer those among the layers that its value is made from, as a number with a bit for each of them.

    A layer with others' weights is not among the layers, and passes on what it is made from and its owner's place.
    """
    bit = {path: 1 << index for index, path in enumerate(layers)}
    made_from: dict[str, int] = {f"@{name}": 0 for name in graph.inputs}
    found: dict[str, int] = {}
    for node in graph.nodes:
        before = 0
        for value in node.inputs:
            before |= made_from[value]
        found[node.path] = before
        made_from[node.path] = before | bit.get(node.shares or node.path, 0)
    return [found[path] for path in layers]
