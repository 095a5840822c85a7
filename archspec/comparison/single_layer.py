"""A network of one layer, taken out of another network: shows whether a difference is the layer's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archspec.backend import Arrays
from archspec.ir import Graph, Input, Node

_LAYER = "layer"


@dataclass(frozen=True, slots=True)
class SingleLayer:
    """The network and its weights: the layer is called `layer`, its inputs `x0`, `x1`, ... and its output `y`."""

    graph: Graph
    weights: Arrays


def single_layer(node: Node, weights: Arrays) -> SingleLayer:
    """The network of one node of a graph, with the node's weights."""
    names = [f"x{index}" for index in range(len(node.inputs))]
    inputs = dict(zip(names, node.reads, strict=True))
    single = Node(_LAYER, node.layer, tuple(map(Input, names, node.reads)), node.types, named=True)
    slots = [weight.slot for weight in node.layer.weights(node.reads)]
    own = {f"{_LAYER}:{slot}": weights[f"{node.owner}:{slot}"] for slot in slots}
    return SingleLayer(Graph(_LAYER, inputs, (single,), {"y": single.result}), own)


def single_layer_inputs(arrays: Sequence[object]) -> dict[str, object]:
    """The inputs of such a network by their names, from arrays in the order in which the layer reads them."""
    return {f"x{index}": array for index, array in enumerate(arrays)}
