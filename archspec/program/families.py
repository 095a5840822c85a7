"""The parts of a family's source that are the same for all backends."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from archspec.errors import EmitError
from archspec.ir import Declaration, Graph, Node, Scope
from archspec.program.model import Definition, Unsayable


def family_title(name: str, graph: Graph) -> str:
    """The docstring of a family's source: the document's name, and the origin of its networks."""
    return f"{name}: {graph.source}" if graph.source else f"{name}."


def value_in(network: Definition, name: str, graph: Graph, position: int) -> object:
    """The value of a network's parameter in the variant at this position."""
    extra = network.extras.get(name)
    return network.values[name][position] if extra is None else extra[graph]


def refusal(message: str, reason: Unsayable, graphs: Iterable[Graph]) -> EmitError:
    """The error for a family without a source, with the path of the layer that is the reason."""
    declaration = reason.declaration
    path = None if declaration is None else _path(declaration, graphs)
    return EmitError(f"{message}: {reason}", path=path, key=reason.key)


def _path(declaration: Declaration, graphs: Iterable[Graph]) -> str | None:
    """The path of a declared layer's first copy, or of the first layer inside it."""
    inside: str | None = None
    for graph in graphs:
        for member in chain[Node | Scope](graph.scopes, graph.nodes):
            declared = [copy.declaration for copy in member.origin.around()] if member.origin is not None else []
            if declared and declared[0] is declaration:
                return member.path
            if inside is None and declaration in declared:
                inside = member.path
    return inside
