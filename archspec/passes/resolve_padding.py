"""Says every padding in numbers."""

from __future__ import annotations

from dataclasses import replace

from archspec.ir import Graph, Node
from archspec.layers.window import WindowedLayer, padding_for
from archspec.passes.rewrite import map_nodes


def resolve_padding(graph: Graph) -> Graph:
    """Replace "same" and "valid" by the ((top, bottom), (left, right)) that they mean for each layer's input.

    Afterwards no backend needs to know whose "same" it is.
    """

    def resolve(node: Node) -> Node:
        if not isinstance(node.layer, WindowedLayer) or isinstance(node.layer.padding, tuple):
            return node
        padding = padding_for(node.layer, graph.type_of(node.inputs[0]).shape)
        return replace(node, layer=node.layer.model_copy(update={"padding": padding}))

    return map_nodes(graph, resolve)
