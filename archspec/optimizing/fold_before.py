"""Folds factors and shifts of channels into the linear layers that read them."""

from __future__ import annotations

from archspec.ir import Graph, Node
from archspec.optimizing.editing import edited
from archspec.optimizing.leaving import in_all_copies, leaving_out
from archspec.optimizing.linear import BIAS, on_inputs, sums_all_inputs
from archspec.optimizing.rewriting import Note, Rewriting, Rule
from archspec.optimizing.surroundings import Surroundings


def fold_before(graph: Graph) -> Rewriting:
    """The network without batch normalisations and scales that only linear layers read.

    Guarantees: outside of training, the outputs are the same. Each kernel is multiplied by the factors of its input
    channels, and the bias takes what the kernel makes of the shifts.

    Refuses: a layer with a shift before padding, for the padding has no shift; a layer that is applied several times,
    or that such a one reads; an output; a declared layer of which another copy is refused.
    """
    around = Surroundings(graph)
    able = {node.path: readers for node in graph.nodes if (readers := _readers(graph, node, around))}
    chosen = in_all_copies(graph, able)
    edit = leaving_out(graph, {path: graph.by_path[path].inputs[0] for path in able if path in chosen})
    rules: dict[str, Rule] = {}
    notes = []
    for path in edit.gone:
        node, readers = graph.by_path[path], able[path]
        for reader in readers:
            found = on_inputs(graph, node, reader)
            rules |= found
            if f"{reader.path}:{BIAS}" in found:
                edit.layers[reader.path] = reader.layer.model_copy(update={"use_bias": True})
        notes.append(Note("fold_before", path, f"folded into {', '.join(reader.path for reader in readers)}"))
    return Rewriting(edited(graph, edit), rules, tuple(notes)) if edit else Rewriting(graph)


def _readers(graph: Graph, node: Node, around: Surroundings) -> tuple[Node, ...]:
    """The linear layers that a channelwise layer can be folded into; none if there is another reader."""
    behind = node.layer.channelwise()
    if behind is None or not around.is_alone(node) or around.is_output(node.result):
        return ()
    readers = graph.consumers.get(node.result, ())
    shifted = behind.shift is not None
    able = all(around.is_alone(reader) and sums_all_inputs(reader, shifted=shifted) for reader in readers)
    return readers if able else ()
