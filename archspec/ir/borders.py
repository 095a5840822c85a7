"""What crosses a scope's border: the values that it reads from outside, and those of its own that are read outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archspec.ir.tree import Node, Scope, Value


@dataclass(slots=True)
class Border:
    """The values that go into a scope and come out of it, in the order of their first use and of their making."""

    imports: dict[Value, None] = field(default_factory=dict)
    exports: dict[Value, None] = field(default_factory=dict)


def borders(
    inputs: Iterable[str], nodes: Sequence[Node], scopes: Sequence[Scope], outputs: Iterable[Value]
) -> dict[str, Border]:
    """The border of every scope of a network, by its path; outer scopes come first, and nodes in execution order.

    Scopes that share weights have the same border, because they are calls of one thing: what one of them hands out,
    each does.
    """
    found = {scope.path: Border() for scope in scopes}
    around = _enclosing(scopes)
    parents = {f"@{name}": "" for name in inputs}
    for node in nodes:
        path = node.path
        parent = parents[path] = path.rpartition(".")[0]
        for value in node.inputs:
            other = parents[value]
            if parent != other:
                for scope in _outside(around[parent], value):
                    found[scope].imports[value] = None
                for scope in _outside(around[other], path):
                    found[scope].exports[value] = None
    for value in outputs:
        for path in around[parents[value]]:
            found[path].exports[value] = None
    _equalise(scopes, found)
    _sort(nodes, scopes, found)
    return found


def _outside(scopes: tuple[str, ...], path: str) -> list[str]:
    """Those of the scopes that are not around a path."""
    return [scope for scope in scopes if not path.startswith(scope + ".")]


def _enclosing(scopes: Sequence[Scope]) -> dict[str, tuple[str, ...]]:
    """The paths of a scope and of those around it, by its path; those of the network itself are none."""
    found: dict[str, tuple[str, ...]] = {"": ()}
    for scope in scopes:
        found[scope.path] = (*found[scope.path.rpartition(".")[0]], scope.path)
    return found


def _equalise(scopes: Sequence[Scope], found: dict[str, Border]) -> None:
    groups: dict[str, list[Scope]] = {}
    for scope in scopes:
        groups.setdefault(scope.shares or scope.path, []).append(scope)
    for scopes in groups.values():
        if len(scopes) > 1:
            handed = [value.removeprefix(scope.path) for scope in scopes for value in found[scope.path].exports]
            for scope in scopes:
                found[scope.path].exports = {scope.path + rest: None for rest in handed}


def _sort(nodes: Sequence[Node], scopes: Sequence[Scope], found: dict[str, Border]) -> None:
    """Put what is handed out into the order of its making.

    A scope that is used again hands out what the first use does, in its order, though a part may be missing here.
    """
    several = [scope for scope in scopes if len(found[scope.path].exports) > 1]
    order = {node.path: index for index, node in enumerate(nodes)} if several else {}
    for scope in several:
        original = scope.shares or scope.path
        exports = found[scope.path].exports
        places = {value: order[original + value.removeprefix(scope.path)] for value in exports}
        found[scope.path].exports = dict.fromkeys(sorted(exports, key=places.__getitem__))
