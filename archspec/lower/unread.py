"""Copies of a layer that would be lost: each reads its own `inputs`, and nothing reads what one of them gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from archspec.errors import Diagnostic
from archspec.ir import Value
from archspec.lower.frame import Apart, Frame, nodes_in
from archspec.lower.nodes import Nodes
from archspec.spec.report import Report

_HINT = (
    "name each copy in the `inputs` of a layer that joins them; or leave `i` and the columns out of this layer's "
    "`inputs`, and each copy reads the one before it"
)


def refuse_unread(root: Frame, outputs: Iterable[Value], nodes: Nodes, needed: Set[Value], report: Report) -> None:
    """Report each layer of which a copy is lost: nothing reads it, and no output needs anything in it.

    The last copy is not lost, because its value is the layer's.
    """
    apart = list(_apart(root))
    read = {value for values in nodes.reads.values() for value in values}.union(outputs) if apart else frozenset()
    for frame, copy in apart:
        paths = [node.path for node in nodes_in(frame.members[copy.members])]
        if paths and copy.value not in read and needed.isdisjoint(paths):
            path = frame.members[copy.members.start].path
            message = (
                f"nothing reads layer {path}: each copy reads its own `inputs`, and only the last one's value goes on"
            )
            where = copy.spec.place.inside("inputs").where
            report.add(Diagnostic("unread-copy", message, where, _HINT), frame.uses)


def _apart(frame: Frame) -> Iterator[tuple[Frame, Apart]]:
    """The copies, in this frame and those inside it, that no copy after them reads; each with its frame."""
    for copy in frame.apart:
        yield frame, copy
    for member in frame.members:
        if isinstance(member, Frame):
            yield from _apart(member)
