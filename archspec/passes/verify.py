"""Checks the invariants of a graph, so that a faulty pass is found at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from archspec.errors import ArchspecError, ShapeError
from archspec.ir import Graph, Layer, Node, Scope, TensorType, Value

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]+(_[A-Za-z0-9_-]+)?")


class VerificationError(ArchspecError):
    """A malformed graph: a fault of archspec or of a pass, never of a spec. The message names the node."""


Inferred = dict[tuple[Layer, tuple[TensorType, ...]], tuple[TensorType, ...]]
"""Inferred types of results, by the layer and its input types."""


def verify(graph: Graph, inferred: Inferred | None = None) -> Graph:
    """The same network; raises `VerificationError` with the first fault.

    The invariants: paths are unique, well formed and below their scope's path. A node reads values of earlier nodes, as
    many as its layer takes. Types are the inferred ones. Shared nodes and scopes exist, and shared weights have the
    same shapes. Outputs exist.

    `inferred` is a cache of inferred types, which this function fills: a pass leaves most layers unchanged.
    """
    for fault in _faults(graph, {} if inferred is None else inferred):
        raise VerificationError(f"{graph.name}: {fault}")
    return graph


def _faults(graph: Graph, inferred: Inferred) -> Iterator[str]:
    """The faults in execution order. One walk finds all of them, because every network is checked several times."""
    known: dict[Value, TensorType] = {value: value.type for value in graph.input_values.values()}
    paths: set[str] = set()
    words: set[str] = set()
    waiting: list[tuple[str, Node | Scope]] = [("", member) for member in reversed(graph.members)]
    while waiting:
        scope, member = waiting.pop()
        path = member.path
        parent, _, name = path.rpartition(".")
        if parent != scope:
            yield f"{path} is not a path of {scope or 'the outermost scope'}"
        if name not in words:
            if not _WORD.fullmatch(name):
                yield f"{path} does not end in a name or a position"
            words.add(name)
        if path in paths:
            every = [*(node.path for node in graph.nodes), *(inner.path for inner in graph.scopes)]
            yield f"{path} is there {every.count(path)} times"
        paths.add(path)
        if isinstance(member, Scope):
            waiting += [(path, inner) for inner in reversed(member.members)]
        else:
            yield from _node_faults(graph, member, known, inferred)
            known.update({result: result.type for result in member.results})
    for name, value in graph.outputs.items():
        if value not in known:
            yield f"output {name} is {value}, which does not exist"
    if not graph.outputs:
        yield "it has no outputs"
    yield from _scope_faults(graph, paths)


def _scope_faults(graph: Graph, paths: Set[str]) -> Iterator[str]:
    for scope in graph.scopes:
        if scope.shares is not None and scope.shares not in paths:
            yield f"{scope.path} is {scope.shares} again, which does not exist"


def _node_faults(graph: Graph, node: Node, known: Mapping[Value, TensorType], inferred: Inferred) -> Sequence[str]:
    """The first fault of a node; `known` has the types of the values before it."""
    layer, reads = node.layer, node.reads
    for value in node.inputs:
        if value not in known:
            return (f"{node.path} reads {value}, which does not come before it",)
        if value.type != known[value]:
            return (f"{node.path} reads {value} as {value.type}, which is {known[value]}",)
    found = inferred.get((layer, reads))
    if found is None:
        count = len(reads)
        if count < layer.min_inputs or (layer.max_inputs is not None and count > layer.max_inputs):
            return (f"{node.path} has {count} inputs, which {type(layer).__name__} does not take",)
        try:
            found = inferred[layer, reads] = layer.results(reads)
        except ShapeError as error:
            return (f"{node.path} does not fit its inputs: {error}",)
    if found != node.types:
        own, other = (" and ".join(map(str, types)) for types in (node.types, found))
        return (f"{node.path} is {own} and infers {other}",)
    if any(type_.axes[-1:] == (None,) for type_ in found):
        return (f"{node.path} has channels of unknown number",)
    return () if node.shares is None else tuple(_sharing_faults(graph, node, reads))


def _sharing_faults(graph: Graph, node: Node, reads: tuple[TensorType, ...]) -> Iterator[str]:
    owner = graph.by_path.get(node.shares or "")
    if owner is None or owner.shares is not None:
        yield f"{node.path} shares the weights of {node.shares}, which owns none"
        return
    own = [(weight.slot, weight.shape) for weight in node.layer.weights(reads)]
    shared = [(weight.slot, weight.shape) for weight in owner.layer.weights(owner.reads)]
    if own != shared:
        yield f"{node.path} shares the weights of {owner.path}, which are {shared} and not {own}"
