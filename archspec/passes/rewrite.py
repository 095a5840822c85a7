"""Rebuilds a graph with changed nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import is_

from archspec.ir import Graph, Node, Scope


def map_nodes(graph: Graph, change: Callable[[Node], Node]) -> Graph:
    """The network with `change` applied to every node; unchanged nodes and scopes stay the same objects."""
    members = _map_members(graph.members, change)
    return graph if members is graph.members else replace(graph, members=members, with_param=None)


def _map_members(members: tuple[Node | Scope, ...], change: Callable[[Node], Node]) -> tuple[Node | Scope, ...]:
    changed = tuple([_map_scope(member, change) if isinstance(member, Scope) else change(member) for member in members])
    return members if all(map(is_, members, changed)) else changed


def _map_scope(scope: Scope, change: Callable[[Node], Node]) -> Scope:
    members = _map_members(scope.members, change)
    return scope if members is scope.members else replace(scope, members=members)
