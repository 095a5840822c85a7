"""Checks what every pass must leave true, so that a fault is found where it is made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from archspec.errors import ArchspecError, ShapeError
from archspec.ir import Graph, Node, Scope, Shape

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]+")


class VerificationError(ArchspecError):
    """A network that is not well formed: a fault of archspec or of a pass, never of a spec. Names the node."""


def verify(graph: Graph) -> Graph:
    """The network itself; raises `VerificationError` with the first fault.

    Paths are unique, well formed and below their scope's; a node reads inputs that exist and come before it, as many
    as its layer takes; types are what the layers infer; shared weights exist and fit; outputs exist.
    """
    for fault in _faults(graph):
        raise VerificationError(f"{graph.name}: {fault}")
    return graph


_Inferred = dict[tuple[int, tuple[Shape, ...]], Shape]
"""The shapes that layers gave, by the layer's id and the shapes that they read: copies of a layer are one object."""


def _faults(graph: Graph) -> Iterator[str]:
    yield from _path_faults(graph)
    known = {f"@{name}" for name in graph.inputs}
    inferred: _Inferred = {}
    for node in graph.nodes:
        for value in node.inputs:
            if value not in known:
                yield f"{node.path} reads {value}, which does not come before it"
        for fault in _node_faults(graph, node, inferred):
            yield f"{node.path} {fault}"
        known.add(node.path)
    for name, value in graph.outputs.items():
        if value not in known:
            yield f"output {name} is {value}, which does not exist"
    if not graph.outputs:
        yield "it has no outputs"


def _path_faults(graph: Graph) -> Iterator[str]:
    scopes: list[tuple[str, tuple[Node | Scope, ...]]] = [("", graph.members)]
    paths: list[str] = []
    while scopes:
        scope, members = scopes.pop()
        for member in members:
            paths.append(member.path)
            parent, _, name = member.path.rpartition(".")
            if parent != scope:
                yield f"{member.path} is not a path of {scope or 'the outermost scope'}"
            if not _WORD.fullmatch(name):
                yield f"{member.path} does not end in a name or a position"
            if isinstance(member, Scope):
                scopes.append((member.path, member.members))
    if len(set(paths)) < len(paths):
        yield from (f"{path} is there {count} times" for path, count in Counter(paths).items() if count > 1)


def _node_faults(graph: Graph, node: Node, inferred: _Inferred) -> Iterator[str]:
    layer = node.layer
    count = len(node.inputs)
    if count < layer.min_inputs or (layer.max_inputs is not None and count > layer.max_inputs):
        yield f"has {count} inputs, which {type(layer).__name__} does not take"
        return
    types = [graph.types[value] for value in node.inputs]
    shapes = tuple([type_.shape for type_ in types])
    shape = inferred.get((id(layer), shapes))
    if shape is None:
        try:
            shape = inferred[id(layer), shapes] = layer.infer(shapes)
        except ShapeError as error:
            yield f"does not fit its inputs: {error}"
            return
    if shape != node.type.shape:
        yield f"has the shape {node.type.shape} and infers {shape}"
    dtype = node.type.dtype
    for type_ in types:
        if type_.dtype != dtype:
            yield f"is {dtype}, unlike its inputs"
            break
    if node.shares is not None:
        yield from _sharing_faults(graph, node, shapes)


def _sharing_faults(graph: Graph, node: Node, shapes: tuple[Shape, ...]) -> Iterator[str]:
    owner = graph.by_path.get(node.shares or "")
    if owner is None or owner.shares is not None:
        yield f"shares the weights of {node.shares}, which owns none"
        return
    own = [(weight.slot, weight.shape) for weight in node.layer.weights(shapes)]
    shared = [(weight.slot, weight.shape) for weight in owner.layer.weights(graph.input_shapes(owner))]
    if own != shared:
        yield f"shares the weights of {owner.path}, which are {shared} and not {own}"
