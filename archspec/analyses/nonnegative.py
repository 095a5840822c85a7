"""Finds the values that are never below zero."""

from __future__ import annotations

from archspec.ir import Graph, Value


def nonnegative_values(graph: Graph) -> frozenset[Value]:
    """The values whose elements are all at least 0, and which pass no gradient at 0.

    Zeros around such a value change neither a maximum nor its gradient, so a framework that pads with zeros can do so
    before a maximum.

    Guarantees: what `Layer.nonnegative` says of each layer. An input of the network may have any sign.
    """
    found: set[Value] = set()
    for node in graph.nodes:
        if node.layer.nonnegative(found.issuperset(node.inputs)):
            found.update(node.results)
    return frozenset(found)
