"""The end of the lowering: which values are outputs, what they depend on, and the finished tree of scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.errors import Diagnostic
from archspec.ir import Node, Scope, Value
from archspec.lower.frame import Frame
from archspec.lower.nodes import UNSAID, Nodes
from archspec.lower.references import References, find
from archspec.spec.computed import Env, evaluated
from archspec.spec.document import Document
from archspec.spec.outputs import OutputSpec, output_specs
from archspec.spec.report import Faulty, Report

DEFAULT_OUTPUT = "output"
"""The name of the only output, where the last layer has no name."""


def find_outputs(
    document: Document, root: Frame, last: Value, names: Env, references: References, report: Report
) -> dict[str, Value]:
    """The outputs by name: those that the document asks for, without what `when` left out, or else the last value."""
    try:
        if document.outputs is None:
            return {_name_of_last(root, last): _layer_value(last, document)}
        found: dict[str, Value] = {}
        for output in output_specs(evaluated(document.outputs, names), document.place.inside("outputs")):
            if output.name in found:
                message = f'two outputs are called "{output.name}"'
                raise Faulty(Diagnostic("duplicate-name", message, output.place.where))
            if not references.is_left_out(output.path, root):
                found[output.name] = _output_value(output, root, references)
        if not found:
            where = document.place.inside("outputs").where
            raise Faulty(Diagnostic("no-output", "`when` leaves out every layer that is an output", where))
        return found
    except Faulty as fault:
        report.take(fault)
        return {}


def _name_of_last(root: Frame, last: Value) -> str:
    named = (name for name, member in reversed(root.results.items()) if member.value == last and not name.isdigit())
    return next(named, DEFAULT_OUTPUT)


def _layer_value(last: Value, document: Document) -> Value:
    if last == UNSAID or last.startswith("@"):
        raise Faulty(Diagnostic("no-output", "the network has no layers", document.place.inside("layers").where))
    return last


def _output_value(output: OutputSpec, root: Frame, references: References) -> Value:
    if find(output.path, root) is None and references.is_input(output.path):
        message = f'"{output.path}" is an input of the network, and an output must be a layer'
        raise Faulty(Diagnostic("wrong-value", message, output.place.where))
    return references.resolve(output.path, root, output.place)


def needed_for(outputs: Mapping[str, Value], root: Frame) -> set[Value]:
    """Every value on which an output depends, and the nodes whose weights they use."""
    nodes = {node.path: node for node in _nodes(root)}
    needed: set[Value] = set()
    waiting = list(outputs.values())
    while waiting:
        value = waiting.pop()
        if value in needed:
            continue
        needed.add(value)
        if value in nodes:
            node = nodes[value]
            waiting += node.inputs if node.shares is None else (*node.inputs, node.shares)
    return needed


def _nodes(frame: Frame) -> Iterator[Node]:
    for member in frame.members:
        if isinstance(member, Node):
            yield member
        else:
            yield from _nodes(member)


def finished(frame: Frame, needed: set[Value]) -> tuple[Node | Scope, ...]:
    """The members of a frame that are needed, as they are in the graph."""
    members: list[Node | Scope] = []
    for member in frame.members:
        if isinstance(member, Node):
            members += [member] if member.path in needed else []
        elif inside := finished(member, needed):
            members.append(_scope(member, inside))
    return tuple(members)


def _scope(frame: Frame, members: tuple[Node | Scope, ...]) -> Scope:
    return Scope(
        frame.path,
        frame.kind,
        members,
        block=frame.block,
        named=not frame.name.isdigit(),
        arguments=frame.arguments,
        defaults=frame.defaults,
        shares=frame.original,
    )


def warn_unneeded(document: Document, root: Frame, nodes: Nodes, needed: set[Value], report: Report) -> None:
    """Add a warning for each layer and each input on which no output depends; for a scope, one for all of it."""
    _warn_inside(root, nodes, needed, report, set())
    for name, spec in (document.inputs or {}).items():
        if f"@{name}" not in needed:
            report.warning("unused-input", f"no output depends on the input `{name}`", spec.place.where)


def _warn_inside(frame: Frame, nodes: Nodes, needed: set[Value], report: Report, told: set[int]) -> None:
    for member in frame.members:
        if isinstance(member, Frame) and any(node.path in needed for node in _nodes(member)):
            _warn_inside(member, nodes, needed, report, told)
        elif isinstance(member, Frame) or member.path not in needed:
            spec = member.spec if isinstance(member, Frame) else nodes.specs[member.path]
            if spec is None or id(spec) in told or (isinstance(member, Frame) and not any(_nodes(member))):
                continue
            told.add(id(spec))
            message = f"no output depends on {member.path}, so it is left out"
            report.warning("unreachable-layer", message, spec.place.inside("layer_type").where)
