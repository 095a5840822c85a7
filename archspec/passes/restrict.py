"""Leaves out what some values do not need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.ir import Graph, Node, Scope, Value
from archspec.passes.expose import expose


def restrict(graph: Graph, values: Iterable[Value]) -> Graph:
    """The network up to these values, which are its outputs, under their paths with `_` between the words.

    A node whose weights are shared stays with those that use them, and is then an output too. Inputs that nothing
    reads any more are left out. Raises `KeyError` for a value that the network does not have.
    """
    wanted = list(dict.fromkeys(values))
    needed: set[Value] = set()
    waiting = list(wanted)
    while waiting:
        value = waiting.pop()
        if value in needed:
            continue
        needed.add(value)
        if value.startswith("@"):
            continue
        node = graph.by_path[value]
        waiting += node.inputs
        if node.shares and node.shares not in needed:
            wanted.append(node.shares)
            waiting.append(node.shares)
    inputs = {name: kind for name, kind in graph.inputs.items() if f"@{name}" in needed}
    bare = replace(graph, inputs=inputs, members=_members(graph.members, needed), outputs={})
    return expose(bare, wanted)


def _members(members: tuple[Node | Scope, ...], needed: set[Value]) -> tuple[Node | Scope, ...]:
    kept: list[Node | Scope] = []
    for member in members:
        if isinstance(member, Node):
            if member.path in needed:
                kept.append(member)
        elif inside := _members(member.members, needed):
            kept.append(replace(member, members=inside))
    return tuple(kept)
