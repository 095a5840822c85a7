"""Folds factors and shifts of channels into the convolution or dense layer before them."""

from __future__ import annotations

from archspec.ir import Graph, Node
from archspec.optimizing.editing import edited
from archspec.optimizing.leaving import hand_over_activations, in_all_copies, leaving_out
from archspec.optimizing.linear import BIAS, on_outputs
from archspec.optimizing.rewriting import Note, Rewriting, Rule
from archspec.optimizing.surroundings import Surroundings


def fold_after(graph: Graph) -> Rewriting:
    """The network without batch normalisations and scales behind linear layers.

    Guarantees: outside of training, the outputs are the same. The kernel is multiplied by the factors of its output
    channels, and the bias takes the shifts. Of several such layers in a row only the first is folded.

    Refuses: a layer that is applied several times, or that follows such a one; a linear layer whose value has another
    reader or is an output; a declared layer of which another copy is refused.
    """
    around = Surroundings(graph)
    able = {node.path: before for node in graph.nodes if (before := _before(graph, node, around)) is not None}
    chosen = in_all_copies(graph, able)
    edit = leaving_out(graph, {path: able[path].result for path in able if path in chosen})
    hand_over_activations(graph, edit, able)
    rules: dict[str, Rule] = {}
    notes = []
    for path in edit.gone:
        node, before = graph.by_path[path], able[path]
        found = on_outputs(graph, before, node)
        rules |= found
        edit.layers[before.path] = before.layer.model_copy(update={"use_bias": f"{before.path}:{BIAS}" in found})
        notes.append(Note("fold_after", path, f"folded into {before.path}"))
    return Rewriting(edited(graph, edit), rules, tuple(notes)) if edit else Rewriting(graph)


def _before(graph: Graph, node: Node, around: Surroundings) -> Node | None:
    """The linear layer that a channelwise layer can be folded into."""
    if node.layer.channelwise() is None or not around.is_alone(node):
        return None
    before = graph.maker(node.inputs[0])
    if before is None or before.layer.kernel() is None or not around.is_alone(before):
        return None
    return before if around.only_reader(before) is node else None
