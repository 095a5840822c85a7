"""The interfaces of scopes: the values that a scope reads from outside, and its own values that are read outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archspec.ir.tree import Node, Scope, Value


@dataclass(slots=True)
class Interface:
    """The values that a scope reads from outside, and its own values that are read outside, as ordered sets."""

    inputs: dict[Value, None] = field(default_factory=dict)
    outputs: dict[Value, None] = field(default_factory=dict)


def interfaces(
    inputs: Iterable[str], nodes: Sequence[Node], scopes: Sequence[Scope], outputs: Iterable[Value]
) -> dict[str, Interface]:
    """The interface of every scope of a network, by its path; `scopes` has outer ones first, `nodes` execution order.

    Scopes that share weights are calls of one definition, so they have the same outputs: if one of them has an output,
    all have it.
    """
    found = {scope.path: Interface() for scope in scopes}
    around = _enclosing(scopes)
    parents = {f"@{name}": "" for name in inputs}
    for node in nodes:
        path = node.path
        parent = parents[path] = path.rpartition(".")[0]
        for value in node.inputs:
            other = parents[value]
            if parent != other:
                for scope in _outside(around[parent], value):
                    found[scope].inputs[value] = None
                for scope in _outside(around[other], path):
                    found[scope].outputs[value] = None
    for value in outputs:
        for path in around[parents[value]]:
            found[path].outputs[value] = None
    _share_outputs(scopes, found)
    return found


def _outside(scopes: tuple[str, ...], path: str) -> list[str]:
    """The scopes that do not contain a path."""
    return [scope for scope in scopes if not path.startswith(scope + ".")]


def _enclosing(scopes: Sequence[Scope]) -> dict[str, tuple[str, ...]]:
    """For each scope the paths of the scopes around it and its own, by its path; none for the network itself."""
    found: dict[str, tuple[str, ...]] = {"": ()}
    for scope in scopes:
        found[scope.path] = (*found[scope.path.rpartition(".")[0]], scope.path)
    return found


def _share_outputs(scopes: Sequence[Scope], found: dict[str, Interface]) -> None:
    """Give all uses of one scope the outputs of each."""
    groups: dict[str, list[Scope]] = {}
    for scope in scopes:
        groups.setdefault(scope.shares or scope.path, []).append(scope)
    for scopes in groups.values():
        if len(scopes) > 1:
            outputs = [value.removeprefix(scope.path) for scope in scopes for value in found[scope.path].outputs]
            for scope in scopes:
                found[scope.path].outputs = {scope.path + rest: None for rest in outputs}
