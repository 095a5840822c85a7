"""Changes a graph: other layers for some nodes, and nodes that are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archspec.ir import Declaration, Graph, Input, Layer, Node, Origin, Scope, Value, walk
from archspec.optimizing.declared import Redeclaring


@dataclass
class Edit:
    """Changes of a graph.

    `layers` are new layers by the paths of their nodes. `gone` are the paths of nodes that are left out, which have one
    result, each with the value in its place. `swapped` are pairs of nodes that change places, by the path of the first,
    which alone is read by the second: each has one input, and both are in one scope. `declared` are new declarations;
    see `Redeclaring`. `origins` are other copies that nodes belong to now.
    """

    layers: dict[str, Layer] = field(default_factory=dict)
    gone: dict[str, Value] = field(default_factory=dict)
    swapped: dict[str, Node] = field(default_factory=dict)
    declared: dict[Declaration, Declaration | None] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.layers or self.gone or self.swapped)


def edited(graph: Graph, edit: Edit) -> Graph:
    """The network with the changes. Types are inferred anew, and scopes without nodes vanish."""
    known: dict[Value, Value] = {value: value for value in graph.input_values.values()}
    reads = {second.path: graph.by_path[path].inputs for path, second in edit.swapped.items()}
    instead: dict[Value, Value] = {second.result: graph.by_path[path].result for path, second in edit.swapped.items()}

    def standing(value: Value) -> Value:
        while not isinstance(value, Input) and value.node in edit.gone:
            value = edit.gone[value.node]
        return known[value]

    def current(value: Value) -> Value:
        """The value in the place of an old one."""
        return standing(instead.get(value, value))

    members = tuple(_swapped(graph.members, edit.swapped)) if edit.swapped else graph.members
    nodes: dict[str, Node] = {}
    for node in walk(members):
        if node.path not in edit.gone:
            second = edit.swapped.get(node.path)
            read = map(current, reads.get(node.path, node.inputs))
            inputs = tuple(read) if second is None else (known[second.result],)
            layer = edit.layers.get(node.path, node.layer)
            types = layer.results([value.type for value in inputs])
            made = nodes[node.path] = replace(
                node, layer=layer, inputs=inputs, types=types, origin=edit.origins.get(node.path, node.origin)
            )
            known.update({result: result for result in made.results})
    swapped = {*reads, *edit.swapped}
    moved = {node.origin: node.inputs for path, node in nodes.items() if path in swapped and node.origin is not None}
    redeclaring = Redeclaring(edit.declared, current, moved, _later(graph, edit))
    return replace(
        graph,
        members=tuple(_members(members, nodes, redeclaring)),
        outputs={name: current(value) for name, value in graph.outputs.items()},
        program=None if graph.program is None else redeclaring.program(graph.program),
        with_param=None,
        third_parties=(),
    )


def _swapped(members: Sequence[Node | Scope], swapped: Mapping[str, Node]) -> Iterator[Node | Scope]:
    firsts = {second.path: member for member in members if (second := swapped.get(member.path)) is not None}
    for member in members:
        if isinstance(member, Scope):
            yield replace(member, members=tuple(_swapped(member.members, swapped)))
        elif member.path not in swapped:
            yield member
            if member.path in firsts:
                yield firsts[member.path]


def _later(graph: Graph, edit: Edit) -> dict[Declaration, Declaration]:
    """The declarations that go behind others."""
    found: dict[Declaration, Declaration] = {}
    for path, second in edit.swapped.items():
        first = graph.by_path[path]
        if first.origin is not None and second.origin is not None:
            found[first.origin.declaration] = second.origin.declaration
    return found


def _members(
    members: Sequence[Node | Scope], nodes: Mapping[str, Node], redeclaring: Redeclaring
) -> Iterator[Node | Scope]:
    for member in members:
        if isinstance(member, Scope):
            inside = tuple(_members(member.members, nodes, redeclaring))
            if inside:
                yield replace(member, members=inside, origin=redeclaring.origin(member.origin))
        elif member.path in nodes:
            node = nodes[member.path]
            yield replace(node, origin=redeclaring.origin(node.origin))
