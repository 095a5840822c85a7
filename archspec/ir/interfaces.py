"""The interfaces of scopes: the values that a scope reads from outside, and its own values that are read outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archspec.ir.tree import Node, Scope
from archspec.ir.values import Result, Value


@dataclass(slots=True)
class Interface:
    """The values that a scope reads from outside, and its own values that are read outside, as ordered sets."""

    inputs: dict[Value, None] = field(default_factory=dict)
    outputs: dict[Value, None] = field(default_factory=dict)


def interfaces(nodes: Sequence[Node], scopes: Sequence[Scope], outputs: Iterable[Value]) -> dict[str, Interface]:
    """The interface of every scope of a network, by its path; `scopes` has outer ones first, `nodes` execution order.

    Scopes that share weights are calls of one definition, so they have the same outputs: if one of them has an output,
    all have it.
    """
    found = {scope.path: Interface() for scope in scopes}
    around = _enclosing(scopes)
    for node in nodes:
        parent = _parent(node.path)
        for value in node.inputs:
            other = _parent_of(value)
            if parent != other:
                for scope in around[parent]:
                    if not _is_inside(value, scope):
                        found[scope].inputs[value] = None
                for scope in around[other]:
                    if not node.path.startswith(scope + "."):
                        found[scope].outputs[value] = None
    for value in outputs:
        for path in around[_parent_of(value)]:
            found[path].outputs[value] = None
    _share_outputs(nodes, scopes, found)
    return found


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _parent_of(value: Value) -> str:
    """The path of the scope that a value is made in; inputs of the network are made outside of all scopes."""
    return _parent(value.node) if isinstance(value, Result) else ""


def _is_inside(value: Value, scope: str) -> bool:
    return isinstance(value, Result) and value.node.startswith(scope + ".")


def _enclosing(scopes: Sequence[Scope]) -> dict[str, tuple[str, ...]]:
    """For each scope the paths of the scopes around it and its own, by its path; none for the network itself."""
    found: dict[str, tuple[str, ...]] = {"": ()}
    for scope in scopes:
        found[scope.path] = (*found[_parent(scope.path)], scope.path)
    return found


def _share_outputs(nodes: Sequence[Node], scopes: Sequence[Scope], found: dict[str, Interface]) -> None:
    """Give all uses of one scope the outputs of each."""
    groups: dict[str, list[Scope]] = {}
    for scope in scopes:
        groups.setdefault(scope.shares or scope.path, []).append(scope)
    if len(groups) == len(scopes):
        return
    by_path = {node.path: node for node in nodes}
    for scopes in groups.values():
        if len(scopes) > 1:
            outputs = [
                (value.node.removeprefix(scope.path), value.number)
                for scope in scopes
                for value in found[scope.path].outputs
                if isinstance(value, Result)
            ]
            for scope in scopes:
                own = [by_path[scope.path + rest].results[number] for rest, number in outputs]
                found[scope.path].outputs = dict.fromkeys(own)
