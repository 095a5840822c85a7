"""Changes a graph: other layers for some nodes, and nodes that are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archspec.ir import Declaration, Graph, Input, Layer, Node, Scope, Value
from archspec.optimizing.declared import Redeclaring


@dataclass
class Edit:
    """Changes of a graph.

    `layers` are new layers by the paths of their nodes. `reads` are new inputs of nodes. `gone` are the paths of nodes
    that are left out, which have one result, each with the value in its place. `declared` are new declarations; see
    `Redeclaring`.
    """

    layers: dict[str, Layer] = field(default_factory=dict)
    reads: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    gone: dict[str, Value] = field(default_factory=dict)
    declared: dict[Declaration, Declaration | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.layers or self.gone)


def edited(graph: Graph, edit: Edit) -> Graph:
    """The network with the changes. Types are inferred anew, and scopes without nodes vanish."""
    known: dict[Value, Value] = {value: value for value in graph.input_values.values()}

    def current(value: Value) -> Value:
        """The value in the place of an old one."""
        while not isinstance(value, Input) and value.node in edit.gone:
            value = edit.gone[value.node]
        return known[value]

    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        if node.path not in edit.gone:
            inputs = tuple(map(current, edit.reads.get(node.path, node.inputs)))
            layer = edit.layers.get(node.path, node.layer)
            types = layer.results([value.type for value in inputs])
            made = nodes[node.path] = replace(node, layer=layer, inputs=inputs, types=types)
            known.update({result: result for result in made.results})
    redeclaring = Redeclaring(edit.declared, current)
    return replace(
        graph,
        members=tuple(_members(graph.members, nodes, redeclaring)),
        outputs={name: current(value) for name, value in graph.outputs.items()},
        program=None if graph.program is None else redeclaring.program(graph.program),
        with_param=None,
        third_parties=(),
    )


def _members(
    members: Sequence[Node | Scope], nodes: Mapping[str, Node], redeclaring: Redeclaring
) -> Iterator[Node | Scope]:
    for member in members:
        if isinstance(member, Scope):
            inside = tuple(_members(member.members, nodes, redeclaring))
            if inside:
                yield replace(member, members=inside, origin=redeclaring.origin(member.origin))
        elif member.path in nodes:
            yield replace(nodes[member.path], origin=redeclaring.origin(member.origin))
