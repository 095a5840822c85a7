"""Leaves out auxiliary heads, which help in training only."""

from __future__ import annotations

from dataclasses import replace

from archspec.ir import LOGITS, Graph, results
from archspec.optimizing.rewriting import Note, Rewriting
from archspec.passes import restrict


def drop_auxiliary(graph: Graph) -> Rewriting:
    """The network without outputs that are logits of the same classes as its first output.

    Guarantees: the other outputs are the same, and so are their names.

    Refuses: an output of another kind or another type than the first, and one that other outputs depend on.
    """
    kinds = results(graph, graph.arguments.get("classes"))
    (main, value), *others = graph.outputs.items()
    auxiliary = [
        name
        for name, other in others
        if kinds[main] == kinds[name] == LOGITS and other.type == value.type and other not in graph.consumers
    ]
    if not auxiliary:
        return Rewriting(graph)
    kept = {name: value for name, value in graph.outputs.items() if name not in auxiliary}
    notes = [Note("drop_auxiliary", name, "left out, it is an auxiliary head") for name in auxiliary]
    return Rewriting(replace(restrict(graph, kept.values()), outputs=kept), notes=tuple(notes))
