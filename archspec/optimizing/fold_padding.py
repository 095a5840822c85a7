"""Folds zeros around an image into the convolution that reads them."""

from __future__ import annotations

from dataclasses import replace

from archspec.errors import UnknownSizeError
from archspec.ir import Graph, Node
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.shape import ZeroPadding2D
from archspec.layers.window import Edges, padding_for
from archspec.optimizing.editing import edited
from archspec.optimizing.leaving import in_all_copies, leaving_out
from archspec.optimizing.rewriting import Note, Rewriting
from archspec.optimizing.surroundings import Surroundings


def fold_padding(graph: Graph) -> Rewriting:
    """The network without zeros around images that only a convolution reads: it has a larger padding of its own.

    Guarantees: the same function, and the same weights.

    Refuses: a padding that would differ between two opposite sides, for no framework has it in one step; another
    reader, and an output; layers that are applied several times; a declared layer of which another copy is refused.
    """
    around = Surroundings(graph)
    able = {node.path: found for node in graph.nodes if (found := _reader(node, around)) is not None}
    readers = {path: reader.path for path, (reader, _) in able.items()}
    chosen = in_all_copies(graph, {*readers, *readers.values()})
    kept = [path for path, reader in readers.items() if {path, reader} <= chosen]
    edit = leaving_out(graph, {path: graph.by_path[path].inputs[0] for path in kept})
    notes = []
    for path in kept:
        reader, padding = able[path]
        edit.layers[reader.path] = reader.layer.model_copy(update={"padding": padding})
        if reader.origin is not None:
            declared = reader.origin.declaration
            attributes = {key: tree for key, tree in declared.attributes.items() if key != "padding"}
            edit.declared[declared] = replace(declared, attributes=attributes)
        notes.append(Note("fold_padding", path, f"became padding of {reader.path}"))
    return Rewriting(edited(graph, edit), notes=tuple(notes)) if edit else Rewriting(graph)


def _reader(node: Node, around: Surroundings) -> tuple[Node, tuple[Edges, Edges]] | None:
    """The convolution that alone reads padded images, and the padding that it has with theirs."""
    if not isinstance(node.layer, ZeroPadding2D):
        return None
    reader = around.only_reader(node)
    if reader is None or not isinstance(reader.layer, Conv2D | DepthwiseConv2D) or not around.is_alone(reader):
        return None
    try:
        own = padding_for(reader.layer, node.type.axes)
    except UnknownSizeError:
        return None
    pairs = zip(own, node.layer.padding, strict=True)
    vertical, horizontal = [(first[0] + more[0], first[1] + more[1]) for first, more in pairs]
    return (reader, (vertical, horizontal)) if len({*vertical}) == len({*horizontal}) == 1 else None
