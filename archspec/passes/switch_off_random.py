"""Turns random layers, such as Dropout, into the identity."""

from __future__ import annotations

from dataclasses import replace

from archspec.errors import ArchspecError
from archspec.ir import Graph, Layer, Node
from archspec.passes.rewrite import map_nodes


def switch_off_random(graph: Graph) -> tuple[Graph, tuple[str, ...]]:
    """The network with the `rate` of every random layer set to 0, and the paths of the layers that had another rate.

    Training mode is deterministic afterwards. Raises `ArchspecError` for a random layer without a rate.
    """
    switched: dict[Layer, Layer] = {}
    paths: list[str] = []

    def switch(node: Node) -> Node:
        layer = node.layer
        if not layer.random:
            return node
        rate = getattr(layer, "rate", None)
        if rate is None:
            raise ArchspecError(f"{node.path} is random, and {type(layer).__name__} has no rate that could be 0")
        if rate == 0:
            return node
        paths.append(node.path)
        if layer not in switched:
            switched[layer] = layer.model_copy(update={"rate": 0.0})
        return replace(node, layer=switched[layer])

    return map_nodes(graph, switch), tuple(paths)
