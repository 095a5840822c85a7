"""Dead code: nodes and inputs that no output depends on are left out, with a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archspec.errors import Diagnostic
from archspec.ir import Node, Result, Scope
from archspec.lower.nodes import Nodes
from archspec.lower.scope_builder import ScopeBuilder, nodes_in
from archspec.lower.wires import Wire
from archspec.spec.document import Document
from archspec.spec.report import Report

FIRST_USE = "apply a layer first where an output depends on it"
"""The advice to an author about a layer whose first use no output depends on."""


def read_for(outputs: Iterable[Wire], nodes: Nodes) -> frozenset[str]:
    """The paths of the nodes that an output depends on, without those that are only there to share weights."""
    found = _reached(outputs, lambda value: nodes.reads.get(value, ()))
    return frozenset(value.node for value in found if isinstance(value, Result))


def needed_for(
    outputs: Iterable[Wire], root: ScopeBuilder, nodes: Nodes, report: Report, advice: str = FIRST_USE
) -> set[str]:
    """The paths of all nodes that an output depends on, of those whose weights they share, and `@name` for inputs.

    Reports a layer with weights of its own that is only needed for a layer's being applied again elsewhere: a
    framework makes no such layer, or makes it for nothing; `advice` is the hint.
    """
    outputs = list(outputs)
    read = _reached(outputs, lambda value: nodes.reads.get(value, ()))
    again = dict(_again(root, nodes))
    shares = again or any(node.shares for node in nodes_in(root.members))
    needed = _reached(outputs, lambda value: (*nodes.needs(value), *again.get(value, ()))) if shares else read
    users = sorted(filter(None, map(nodes.maker, read)), key=_path)
    for node in sorted(filter(None, map(nodes.maker, needed - read)), key=_path):
        if node.shares is None and node.layer.weights(node.reads):
            user = next((user.path for user in users if user.shares == node.path), None)
            why = (
                "it is there only for a layer that is applied again"
                if user is None
                else f"layer {user} is {node.path} again"
            )
            where = nodes.specs[node.path].place.inside("layer_type").where
            report.add(Diagnostic("wrong-reuse", f"no output depends on layer {node.path}, but {why}", where, advice))
    return {value.node if isinstance(value, Result) else str(value) for value in needed}


def _path(node: Node) -> str:
    return node.path


def _again(scope: ScopeBuilder, nodes: Nodes) -> Iterator[tuple[Wire, tuple[Wire]]]:
    """Each node of a reused scope with the node of the original scope: both scopes keep the same members."""
    for member in scope.members:
        if isinstance(member, ScopeBuilder):
            yield from _again(member, nodes)
        elif scope.original is not None:
            yield member.result, (nodes.result(f"{scope.original}.{member.name}"),)


def _reached(values: Iterable[Wire], step: Callable[[Wire], Iterable[Wire]]) -> set[Wire]:
    """The values, and all values that steps reach from them."""
    found: set[Wire] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if value not in found:
            found.add(value)
            waiting += step(value)
    return found


def needed_members(scope: ScopeBuilder, needed: set[str]) -> tuple[Node | Scope, ...]:
    """The needed members of a scope, as nodes and scopes of the graph."""
    members: list[Node | Scope] = []
    for member in scope.members:
        if isinstance(member, Node):
            if member.path in needed:
                members.append(member)
        elif inside := needed_members(member, needed):
            members.append(_scope(member, inside))
    return tuple(members)


def _scope(scope: ScopeBuilder, members: tuple[Node | Scope, ...]) -> Scope:
    return Scope(
        scope.path,
        scope.kind,
        members,
        block=scope.block,
        named=not scope.name.isdigit(),
        arguments=scope.arguments,
        defaults=scope.defaults,
        shares=scope.original,
        origin=scope.origin,
    )


def warn_unneeded(document: Document, root: ScopeBuilder, nodes: Nodes, needed: set[str], report: Report) -> None:
    """Add a warning for each layer, scope and input that no output depends on; layers inside the scope get none."""
    told = set()
    for member in _unneeded(root, needed) if not needed.issuperset(map(str, nodes.reads)) else ():
        spec = nodes.specs[member.path] if isinstance(member, Node) else member.spec
        if spec is not None and spec not in told:
            told.add(spec)
            message = f"no output depends on layer {member.path}, so it is left out"
            where = spec.place.inside("layer_type" if spec.common.get("name") is None else "name").where
            report.warning("unreachable-layer", message, where)
    for name in document.inputs or {}:
        if f"@{name}" not in needed:
            where = document.inside("inputs").key(name)
            report.warning("unused-input", f"no output depends on the input `{name}`", where)


def _unneeded(scope: ScopeBuilder, needed: set[str]) -> Iterator[Node | ScopeBuilder]:
    """The members that are not needed. A scope with some needed nodes is searched for the others."""
    for member in scope.members:
        if isinstance(member, Node):
            if member.path not in needed:
                yield member
        elif any(node.path in needed for node in nodes_in(member.members)):
            yield from _unneeded(member, needed)
        elif any(nodes_in(member.members)):
            yield member
