"""Refuses copies of a layer that no layer reads; each copy reads its own `inputs`, and only the last one goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from archspec.errors import Diagnostic
from archspec.lower.nodes import Nodes
from archspec.lower.scope_builder import IndependentCopy, ScopeBuilder, nodes_in
from archspec.lower.wires import Wire
from archspec.spec.report import Report

_HINT = (
    "name each copy in the `inputs` of a layer that joins them; or leave `i` and the columns out of this layer's "
    "`inputs`, and each copy reads the one before it"
)


def refuse_unread(root: ScopeBuilder, outputs: Iterable[Wire], nodes: Nodes, needed: Set[str], report: Report) -> None:
    """Report each layer with a copy that no layer reads and no output depends on.

    The last copy is always read: its value is the value of the layer.
    """
    independent = list(_independent(root))
    read = {value for values in nodes.reads.values() for value in values}.union(outputs) if independent else frozenset()
    for scope, copy in independent:
        paths = [node.path for node in nodes_in(scope.members[copy.members])]
        if paths and copy.value not in read and needed.isdisjoint(paths):
            path = scope.members[copy.members.start].path
            message = (
                f"nothing reads layer {path}: each copy reads its own `inputs`, and only the last one's value goes on"
            )
            where = copy.spec.place.inside("inputs").where
            report.add(Diagnostic("unread-copy", message, where, _HINT), scope.uses)


def _independent(scope: ScopeBuilder) -> Iterator[tuple[ScopeBuilder, IndependentCopy]]:
    """The independent copies in a scope and in the scopes inside it, each with its scope."""
    for copy in scope.independent:
        yield scope, copy
    for member in scope.members:
        if isinstance(member, ScopeBuilder):
            yield from _independent(member)
