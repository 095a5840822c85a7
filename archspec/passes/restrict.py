"""Cuts a network down to the nodes that some values depend on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from archspec.ir import Graph, Node, Scope, Value
from archspec.passes.expose import expose


def restrict(graph: Graph, values: Iterable[Value]) -> Graph:
    """The network up to these values, which become its outputs, under names made from their paths.

    A node whose weights are shared stays with the nodes that share them, and is an output too. Unused inputs are left
    out. Raises `KeyError` for a value that the network does not have.
    """
    wanted = list(dict.fromkeys(values))
    again = {node.path: first for scope in graph.scopes if scope.shares for node, first in _firsts(scope)}
    read: set[Value] = set()
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        value = waiting.pop()
        node = graph.maker(value)
        if node is None:
            read.add(value)
        elif node.path not in needed:
            needed.add(node.path)
            waiting += node.inputs
            paths = [path for path in dict.fromkeys((node.shares, again.get(node.path))) if path and path not in needed]
            first = [result for path in paths for result in graph.by_path[path].results]
            wanted += first
            waiting += first
    inputs = {name: value.type for name, value in graph.input_values.items() if value in read}
    bare = replace(graph, inputs=inputs, members=_members(graph.members, needed), outputs={}, with_param=None)
    return expose(bare, list(dict.fromkeys(wanted)))


def _firsts(scope: Scope) -> Iterator[tuple[Node, str]]:
    """Each node of a reused scope with the path of the node of the original scope."""
    for member in scope.members:
        if isinstance(member, Node):
            yield member, f"{scope.shares}.{member.name}"


def _members(members: tuple[Node | Scope, ...], needed: set[str]) -> tuple[Node | Scope, ...]:
    kept: list[Node | Scope] = []
    for member in members:
        if isinstance(member, Node):
            if member.path in needed:
                kept.append(member)
        elif inside := _members(member.members, needed):
            kept.append(replace(member, members=inside))
    return tuple(kept)
