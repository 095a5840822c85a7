"""The partial order of layers by data flow: a layer comes before the layers whose values depend on it."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.ir import Graph, Value


def befores(graph: Graph, layers: Sequence[str]) -> list[int]:
    """For each layer the set of the layers that its value depends on, as a bit mask.

    A layer that shares another's weights is not in the list. It passes on its dependencies and the owner's bit.
    """
    bit = {path: 1 << index for index, path in enumerate(layers)}
    made_from: dict[Value, int] = dict.fromkeys(graph.input_values.values(), 0)
    found: dict[str, int] = {}
    for node in graph.nodes:
        before = 0
        for value in node.inputs:
            before |= made_from[value]
        found[node.path] = before
        made_from |= dict.fromkeys(node.results, before | bit.get(node.owner, 0))
    return [found[path] for path in layers]
