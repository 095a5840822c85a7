"""Short ways to say a network and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.errors import Diagnostic, Source, Span, SpecError
from archspec.ir import Graph, Node, Scope
from archspec.lower import lower
from archspec.passes import verify
from archspec.source import read_document
from archspec.spec import Document, parse_document

IMAGE = "inputs: {image: [8, 8, 4]}\n"


def document(text: str) -> Document:
    value, faults = read_document(Source("net.yaml", text), json=False)
    assert not faults
    return parse_document(value)[0]


def lowered(text: str, *, variant: str | None = None, params: dict[str, object] | None = None) -> Graph:
    """The network of this text, which has nothing wrong with it, not even a warning."""
    graph, warnings, _ = lower(document(text), variant=variant, params=params)
    assert not warnings
    verify(graph)
    return graph


def of_layers(layers: str) -> Graph:
    """The network of these layers of an 8x8 image with 4 channels."""
    return lowered(f"{IMAGE}layers:\n{layers}")


def outline(graph: Graph) -> list[str]:
    """A line for each node and scope: its path, what it is and what it reads."""
    return list(_lines(graph.members))


def _lines(members: tuple[Node | Scope, ...]) -> Iterator[str]:
    for member in members:
        if isinstance(member, Scope):
            shares = f" = {member.shares}" if member.shares else ""
            yield f"{member.path}: {member.kind}{shares}"
            yield from _lines(member.members)
        else:
            shares = f" = {member.shares}" if member.shares else ""
            yield f"{member.path}: {type(member.layer).__name__}({', '.join(map(str, member.inputs))}){shares}"


def faults(text: str, *, variant: str | None = None, params: dict[str, object] | None = None) -> list[Diagnostic]:
    """What is wrong with the network of this text."""
    try:
        _, found, _ = lower(document(text), variant=variant, params=params)
    except SpecError as error:
        return list(error.diagnostics)
    return list(found)


def fault(text: str, **given: dict[str, object]) -> tuple[str, str, str | None]:
    """The only fault: its message, the text that it points at, and its hint."""
    (found,) = faults(text, **given)
    assert isinstance(found.where, Span)
    return found.message, found.where.text, found.hint


def described(graph: Graph) -> list[object]:
    """All that a graph is, as data."""
    nodes = [(each.path, each.layer, each.inputs, each.types, each.named, each.shares) for each in graph.nodes]
    scopes = [
        (each.path, each.kind, each.block, each.named, each.arguments, each.defaults, each.shares)
        for each in graph.scopes
    ]
    wheres = {path: place.where for path, place in graph.places.items()}
    places = {path: (where.start, where.end) if isinstance(where, Span) else where for path, where in wheres.items()}
    return [nodes, scopes, graph.outputs, places]
