"""Canonical names of weights, which are the same for all frameworks."""

from __future__ import annotations

from archspec.ir import Graph, Node, Shape, WeightSpec


def canonical_name(node: Node, weight: WeightSpec) -> str:
    """The name `path:slot` of a weight, as layer1.0.conv1:kernel."""
    return f"{node.path}:{weight.slot}"


def weight_shapes(graph: Graph) -> dict[str, Shape]:
    """Every weight's canonical shape by its name, in execution order."""
    return {canonical_name(node, weight): weight.shape for node, weight in graph.owned_weights()}
