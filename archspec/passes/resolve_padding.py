"""Says every padding in numbers."""

from __future__ import annotations

from archspec.ir import Graph, Layer, Node
from archspec.layers.window import Edges, WindowedLayer, padding_for
from archspec.passes.rewrite import map_nodes


def resolve_padding(graph: Graph) -> Graph:
    """Replace "same" and "valid" by the ((top, bottom), (left, right)) that they mean for each layer's input.

    Afterwards no backend needs to know whose "same" it is. What was one layer stays one for the same padding.
    """
    types = graph.types
    resolved: dict[tuple[int, tuple[Edges, Edges]], Layer] = {}

    def resolve(node: Node) -> Node:
        layer = node.layer
        if not isinstance(layer, WindowedLayer) or isinstance(layer.padding, tuple):
            return node
        padding = padding_for(layer, types[node.inputs[0]].shape)
        key = id(layer), padding
        if key not in resolved:
            resolved[key] = layer.model_copy(update={"padding": padding})
        return Node(node.path, resolved[key], node.inputs, node.type, node.named, node.shares)

    return map_nodes(graph, resolve)
