"""The end of the lowering: which values are outputs, what they depend on, and the finished tree of scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from archspec.errors import Diagnostic
from archspec.ir import Node, Scope, Value
from archspec.lower.frame import Frame, nodes_in
from archspec.lower.nodes import UNSAID, Nodes
from archspec.lower.references import References, find
from archspec.spec.computed import Env, evaluated
from archspec.spec.document import Document
from archspec.spec.outputs import OutputSpec, output_name, output_specs
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
        for output in output_specs(evaluated(document.outputs, names), document.inside("outputs")):
            if output.name in found:
                message = f'two outputs are called "{output.name}"'
                raise Faulty(Diagnostic("duplicate-name", message, output.place.where))
            if not references.is_left_out(output.path, root):
                found[output.name] = _output_value(output, root, references)
        if not found:
            where = document.inside("outputs").where
            raise Faulty(Diagnostic("no-output", "`when` leaves out every layer that is an output", where))
        return found
    except Faulty as fault:
        report.take(fault)
        return {}


def _name_of_last(root: Frame, last: Value) -> str:
    named = (name for name, member in reversed(root.results.items()) if member.value == last and not name.isdigit())
    return output_name(next(named, DEFAULT_OUTPUT))


def _layer_value(last: Value, document: Document) -> Value:
    if last == UNSAID or last.startswith("@"):
        raise Faulty(Diagnostic("no-output", "the network has no layers", document.inside("layers").where))
    return last


def _output_value(output: OutputSpec, root: Frame, references: References) -> Value:
    if find(output.path, root) is None and references.is_input(output.path):
        message = f'"{output.path}" is an input of the network, and an output must be a layer'
        raise Faulty(Diagnostic("wrong-value", message, output.place.where))
    return references.resolve(output.path, root, output.place)


def needed_for(outputs: Mapping[str, Value], root: Frame, nodes: Nodes, report: Report) -> set[Value]:
    """Every value on which an output depends, the nodes whose weights they use, and what they are again.

    Reports a layer with weights of its own that is only needed for a layer's being applied again elsewhere: a
    framework makes no such layer, or makes it for nothing.
    """
    read = _reached(outputs.values(), lambda value: nodes.reads.get(value, ()))
    again = dict(_again(root))
    needed = _reached(outputs.values(), lambda value: (*nodes.needs(value), *again.get(value, ())))
    for path in sorted(needed - read):
        if nodes.owns_weights(path):
            user = next((user for user in sorted(read) if nodes.owner(user) == path), None)
            why = (
                "it is there only for a layer that is applied again"
                if user is None
                else f"layer {user} is {path} again"
            )
            where = nodes.specs[path].place.inside("layer_type").where
            hint = "apply a layer first where an output depends on it"
            report.add(Diagnostic("wrong-reuse", f"no output depends on layer {path}, but {why}", where, hint))
    return needed


def _again(frame: Frame) -> Iterator[tuple[Value, tuple[Value]]]:
    """The nodes of scopes that are others again, each with the node that it is again: the first scope has it too."""
    for member in frame.members:
        if isinstance(member, Frame):
            yield from _again(member)
        elif frame.original is not None:
            yield member.path, (f"{frame.original}.{member.name}",)


def _reached(values: Iterable[Value], step: Callable[[Value], Iterable[Value]]) -> set[Value]:
    """These values and all to which steps lead from them."""
    found: set[Value] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if value not in found:
            found.add(value)
            waiting += step(value)
    return found


def finished(frame: Frame, needed: set[Value]) -> tuple[Node | Scope, ...]:
    """The members of a frame that are needed, as they are in the graph."""
    members: list[Node | Scope] = []
    for member in frame.members:
        if isinstance(member, Node):
            if member.path in needed:
                members.append(member)
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
        origin=frame.origin,
    )


def warn_unneeded(document: Document, root: Frame, nodes: Nodes, needed: set[Value], report: Report) -> None:
    """Add a warning for each layer and each input on which no output depends; for a scope, one for all of it."""
    told = set()
    for member in _unneeded(root, needed) if not nodes.reads.keys() <= needed else ():
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


def _unneeded(frame: Frame, needed: set[Value]) -> Iterator[Node | Frame]:
    """The members that are not needed, and of those that are needed in part the members that are not."""
    for member in frame.members:
        if isinstance(member, Node):
            if member.path not in needed:
                yield member
        elif any(node.path in needed for node in nodes_in(member.members)):
            yield from _unneeded(member, needed)
        elif any(nodes_in(member.members)):
            yield member
