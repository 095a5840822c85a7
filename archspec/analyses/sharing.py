"""Finds the nodes that apply one layer with one set of weights."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Graph, Node


def applications(graph: Graph) -> Mapping[str, tuple[Node, ...]]:
    """The nodes that apply each layer, in execution order, by the owner's path; only layers that are applied again.

    Guarantees: each list has the owner and at least one other node, and no node is in two lists.
    """
    found: dict[str, list[Node]] = {node.owner: [] for node in graph.nodes if node.shares is not None}
    for node in graph.nodes if found else ():
        if node.owner in found:
            found[node.owner].append(node)
    return {path: tuple(nodes) for path, nodes in found.items()}
