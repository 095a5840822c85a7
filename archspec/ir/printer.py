"""The network as text for people: a line for each node, scopes indented."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.ir.graph import Graph
from archspec.ir.layer import Layer
from archspec.ir.tree import Node, Scope


def format_graph(graph: Graph) -> str:
    """The whole network; attributes with their default values are left out."""
    lines = [f"network {graph.name}"]
    lines += [f"  @{name}: {type_}" for name, type_ in graph.inputs.items()]
    for member in graph.members:
        lines += _member_lines(member, "  ")
    lines += [f"  return {name}: {value}" for name, value in graph.outputs.items()]
    return "\n".join(lines) + "\n"


def _member_lines(member: Node | Scope, indent: str) -> Iterator[str]:
    if isinstance(member, Node):
        yield indent + _node_line(member)
        return
    arguments = ", ".join(f"{name}={value!r}" for name, value in member.arguments.items())
    yield f"{indent}{member.name} = {member.kind}({arguments}){_sharing(member)}:"
    for below in member.members:
        yield from _member_lines(below, indent + "  ")


def _node_line(node: Node) -> str:
    return f"{node.name} = {_format_layer(node.layer)} of {_listed(node.inputs)}: {_listed(node.types)}{_sharing(node)}"


def _listed(parts: Iterable[object]) -> str:
    return ", ".join(map(str, parts))


def _format_layer(layer: Layer) -> str:
    fields = type(layer).model_fields
    given = {name: getattr(layer, name) for name in fields}
    shown = ", ".join(f"{name}={value!r}" for name, value in given.items() if value != fields[name].default)
    return f"{type(layer).__name__}({shown})"


def _sharing(member: Node | Scope) -> str:
    return f" with the weights of {member.shares}" if member.shares else ""
