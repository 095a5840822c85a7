"""What the backend finds out about a network before it writes it."""

from __future__ import annotations

from archspec.ir import Graph, Value

NONNEGATIVE = "nonnegative"
"""No element of what the layer reads is below zero, and no gradient passes where one is zero."""


def facts(graph: Graph) -> dict[str, frozenset[str]]:
    """What is known of each node's inputs, by the nodes' paths."""
    nonnegative: set[Value] = set()
    found: dict[str, frozenset[str]] = {}
    fact, nothing = frozenset({NONNEGATIVE}), frozenset[str]()
    for node in graph.nodes:
        inputs_are = nonnegative.issuperset(node.inputs)
        found[node.path] = fact if inputs_are else nothing
        if node.layer.nonnegative(inputs_are):
            nonnegative.add(node.path)
    return found
