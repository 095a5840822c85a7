"""The flow of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.checkpoints.flow.builder import FlowBuilder, Wire
from archspec.checkpoints.flow.steps import Flow
from archspec.ir import Graph, Shape, Value


def flow_of_graph(graph: Graph, shapes: Mapping[str, Sequence[Shape]]) -> Flow:
    """The flow of a graph; `shapes` are those of the weights that each layer owns."""
    builder = FlowBuilder()
    wires: dict[Value, Wire] = {
        value: builder.input(name, value.type.axes) for name, value in graph.input_values.items()
    }
    for node in graph.nodes:
        reads = [wires[value] for value in node.inputs]
        own = shapes.get(node.owner, ())
        if len(node.results) == 1:
            wires[node.result] = builder.layer(node.path, node.layer, reads, node.owner, own)
        else:
            kind = type(node.layer).__name__
            for number, result in enumerate(node.results):
                wires[result] = builder.opaque(node.path, kind, reads, number)
    return builder.flow([wires[value] for value in graph.outputs.values()])
