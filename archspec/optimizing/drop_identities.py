"""Leaves out layers that change nothing outside of training."""

from __future__ import annotations

from archspec.ir import Graph, Input, Node
from archspec.optimizing.editing import edited
from archspec.optimizing.leaving import in_all_copies, leaving_out
from archspec.optimizing.rewriting import Note, Rewriting


def drop_identities(graph: Graph) -> Rewriting:
    """The network without dropout and other layers that are the identity outside of training.

    Guarantees: outside of training, the outputs are the same.

    Refuses: an identity that gives another type; one whose result is an output and whose input is the network's; a
    declared layer of which another copy is refused.
    """
    able = {node.path for node in graph.nodes if _is_identity(node) and not _hands_on_an_input(graph, node)}
    chosen = in_all_copies(graph, able)
    edit = leaving_out(graph, {node.path: node.inputs[0] for node in graph.nodes if node.path in chosen})
    notes = [Note("drop_identities", path, "left out, it changes nothing") for path in edit.gone]
    return Rewriting(edited(graph, edit), notes=tuple(notes)) if edit else Rewriting(graph)


def _is_identity(node: Node) -> bool:
    if len(node.inputs) != 1 or node.types != node.reads:
        return False
    return node.layer.essence([node.inputs[0].type.axes], node.type.axes) is None


def _hands_on_an_input(graph: Graph, node: Node) -> bool:
    return isinstance(node.inputs[0], Input) and node.result in graph.outputs.values()
