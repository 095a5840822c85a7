"""Facts about a network's nodes, which decide how layers are written."""

from __future__ import annotations

from archspec.ir import Graph, Value

NONNEGATIVE = "nonnegative"
"""The fact that no element of a layer's input is below zero, and no gradient passes through a zero."""


def facts(graph: Graph) -> dict[str, frozenset[str]]:
    """The facts about each node's inputs, by the nodes' paths."""
    nonnegative: set[Value] = set()
    found: dict[str, frozenset[str]] = {}
    fact, nothing = frozenset({NONNEGATIVE}), frozenset[str]()
    for node in graph.nodes:
        inputs_are = nonnegative.issuperset(node.inputs)
        found[node.path] = fact if inputs_are else nothing
        if node.layer.nonnegative(inputs_are):
            nonnegative.add(node.path)
    return found
