"""Takes the last softmax or sigmoid off a network's outputs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from archspec.ir import Graph, Value
from archspec.passes.restrict import restrict


def to_logits(graph: Graph, outputs: Collection[str]) -> tuple[Graph, tuple[str, ...]]:
    """The network with logits in place of probabilities, and the names of the changed outputs among these.

    An output that is no softmax or sigmoid is kept. The outputs keep their names, and the network its weights.
    """
    logits: dict[str, Value] = {}
    for name in outputs:
        maker = graph.maker(graph.outputs[name])
        if (
            maker is not None
            and maker.layer.gives() in ("softmax", "sigmoid")
            and not graph.operations[maker.path].weights
        ):
            (logits[name],) = maker.inputs
    if not logits:
        return graph, ()
    found = {**graph.outputs, **logits}
    return replace(restrict(graph, found.values()), outputs=found), tuple(logits)
