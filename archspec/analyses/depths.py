"""Counts the layers before a value."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Graph, Value


def depths(graph: Graph) -> Mapping[Value, int]:
    """The number of layers on the longest way from the inputs to each value; 0 for an input of the network.

    Guarantees: a node's depth is larger than the depth of each of its inputs.
    """
    found: dict[Value, int] = dict.fromkeys(graph.input_values.values(), 0)
    for node in graph.nodes:
        found |= dict.fromkeys(node.results, 1 + max([found[value] for value in node.inputs]))
    return found
