"""One layer of a network as a network of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archspec.backend import Arrays
from archspec.ir import Graph, Node

_LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Alone:
    """The layer under the name `layer`, with its inputs under `x0`, `x1`, ... and its output under `y`."""

    graph: Graph
    weights: Arrays


def alone(graph: Graph, node: Node, weights: Arrays) -> Alone:
    """The node by itself, with those of the network's weights that are its own or that it shares."""
    names = [f"x{index}" for index in range(len(node.inputs))]
    inputs = {name: graph.type_of(value) for name, value in zip(names, node.inputs, strict=True)}
    single = Node(_LAYER, node.layer, tuple(f"@{name}" for name in names), node.type, named=True)
    owner = node.shares or node.path
    own = {
        f"{_LAYER}:{weight.slot}": weights[f"{owner}:{weight.slot}"]
        for weight in node.layer.weights(graph.input_shapes(node))
    }
    return Alone(Graph(_LAYER, inputs, (single,), {"y": _LAYER}), own)


def feed(arrays: Sequence[object]) -> dict[str, object]:
    """Inputs for a layer alone, in the order in which it reads them."""
    return {f"x{index}": array for index, array in enumerate(arrays)}
