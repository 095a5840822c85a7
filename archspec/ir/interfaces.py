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

    Scopes that share weights are calls of one definition, so an output of one is an output of all. But a value that no
    output of the network depends on is left out of the network, and then of the interface too.
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
    """Give all uses of one scope the outputs of each, where the network has them."""
    uses: dict[str, list[Scope]] = {}
    for scope in scopes:
        uses.setdefault(scope.shares or scope.path, []).append(scope)
    if len(uses) == len(scopes):
        return
    results = {(result.node, result.number): result for node in nodes for result in node.results}
    for group in uses.values():
        if len(group) > 1:
            outputs = [
                (value.node.removeprefix(scope.path), value.number)
                for scope in group
                for value in found[scope.path].outputs
                if isinstance(value, Result)
            ]
            for scope in group:
                own = [results.get((scope.path + rest, number)) for rest, number in outputs]
                found[scope.path].outputs = dict.fromkeys([value for value in own if value is not None])
