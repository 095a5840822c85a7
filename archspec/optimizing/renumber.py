"""Closes the gaps that other passes left in positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.ir import Graph, Node, Result, Scope, Value
from archspec.optimizing.declared import Redeclaring
from archspec.optimizing.linear import slot_names
from archspec.optimizing.rewriting import Rewriting
from archspec.program.cases import is_scope_of_copies


def renumber(graph: Graph) -> Rewriting:
    """The network with positions that count the layers that are left: a layer without a name is called by its position.

    Guarantees: the same network with other paths, and weights with other names. Copies keep their numbers.

    Refuses: a network in which a scope that shares weights would have other positions than the one that it shares with.
    """
    paths = dict(_renamed(graph.members, "", "", are_copies=False))
    if all(old == new for old, new in paths.items()) or not _are_alike(graph, paths):
        return Rewriting(graph)

    def current(value: Value) -> Value:
        return replace(value, node=paths[value.node]) if isinstance(value, Result) else value

    redeclaring = Redeclaring({}, current)
    renumbered = replace(
        graph,
        members=tuple(_members(graph.members, paths, redeclaring)),
        outputs={name: current(value) for name, value in graph.outputs.items()},
        places={paths.get(path, path): place for path, place in graph.places.items()},
        program=None if graph.program is None else redeclaring.program(graph.program),
        with_param=None,
        third_parties=(),
    )
    renamed = {
        f"{paths[node.path]}:{name.rpartition(':')[2]}": name
        for node in graph.nodes
        if node.shares is None
        for name in slot_names(graph, node)
    }
    return Rewriting(renumbered, renamed={new: old for new, old in renamed.items() if new != old})


def _renamed(members: Sequence[Node | Scope], old: str, new: str, *, are_copies: bool) -> Iterator[tuple[str, str]]:
    """The new path of each member by its old one; `old` and `new` are the paths of the scope, with a dot."""
    position = 0
    for member in members:
        name = str(position) if member.name.isdigit() and not are_copies else member.name
        position += not _is_part(member.name)
        yield f"{old}{member.name}", f"{new}{name}"
        if isinstance(member, Scope):
            copies = is_scope_of_copies(member)
            yield from _renamed(member.members, f"{old}{member.name}.", f"{new}{name}.", are_copies=copies)


def _are_alike(graph: Graph, paths: Mapping[str, str]) -> bool:
    """Whether scopes that share weights have members of the same names as those that they share with."""
    members = {scope.path: [member.name for member in scope.members] for scope in graph.scopes}
    return all(
        paths[f"{scope.path}.{name}"].rpartition(".")[2] == paths.get(f"{scope.shares}.{name}", "").rpartition(".")[2]
        for scope in graph.scopes
        if scope.shares is not None
        for name in members[scope.path]
    )


def _is_part(name: str) -> bool:
    """Whether this is a name of a part of a copy, as `0_activation`."""
    return name[:1].isdigit() and not name.isdigit()


def _members(
    members: Sequence[Node | Scope], paths: Mapping[str, str], redeclaring: Redeclaring
) -> Iterator[Node | Scope]:
    for member in members:
        path, origin = paths[member.path], redeclaring.origin(member.origin)
        if isinstance(member, Node):
            inputs = tuple(map(redeclaring.current, member.inputs))
            shares = member.shares and paths[member.shares]
            yield replace(member, path=path, inputs=inputs, shares=shares, origin=origin)
        else:
            inside = tuple(_members(member.members, paths, redeclaring))
            yield replace(
                member, path=path, members=inside, shares=member.shares and paths[member.shares], origin=origin
            )
