"""Finds out whether positions can be counted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.ir import Graph, Node, Scope


def has_gaps(graph: Graph) -> bool:
    """Whether the network lacks a layer that the author's positions count, because no layer reads it.

    A layer without a name is called by its position in its scope.

    Guarantees: in a network without gaps, a member with a number for its name is at this position among the members of
    its scope; parts of a copy (`0_activation`) and further uses with
    `each` are not counted.
    """
    return _have_gaps(graph.members) or any(_have_gaps(scope.members) for scope in graph.scopes)


def _is_further_use(member: Node | Scope) -> bool:
    # The origin of a scope of copies is that of what is around it.
    has_own = isinstance(member, Node) or member.block or member.kind != "repeat"
    return has_own and member.origin is not None and member.origin.further


def _have_gaps(members: Sequence[Node | Scope]) -> bool:
    counted = [
        member.name for member in members if not _is_further_use(member) and not re.fullmatch(r"\d+_\w+", member.name)
    ]
    return any(name.isdigit() and int(name) != index for index, name in enumerate(counted))
