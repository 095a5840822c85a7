"""The outputs of a network: those that the document lists, or the value of the last layer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from archspec.errors import Diagnostic
from archspec.lower.references import References, find
from archspec.lower.scope_builder import ScopeBuilder
from archspec.lower.wires import Several, Wire
from archspec.spec.common import INPUT
from archspec.spec.computed import Env, evaluated
from archspec.spec.document import Document
from archspec.spec.outputs import OutputSpec, output_name, output_specs
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report

DEFAULT_OUTPUT = "output"
"""The name of the only output, where the last layer has no name."""


def find_outputs(
    document: Document, root: ScopeBuilder, last: Wire, names: Env, references: References, report: Report
) -> dict[str, Wire]:
    """The outputs by name: the layers under `outputs` that `when` keeps, or the value of the last layer."""
    try:
        if document.outputs is None:
            return {_name_of_last(root, last): _layer_value(last, document, root, references)}
        found: dict[str, Wire] = {}
        for output in output_specs(evaluated(document.outputs, names), document.inside("outputs")):
            if not references.is_left_out(output.path, root):
                found |= by_name(output, output_value(output, root, references), found)
        if not found:
            where = document.inside("outputs").where
            raise Faulty(Diagnostic("no-output", "`when` leaves out every layer that is an output", where))
        return found
    except Faulty as fault:
        report.take(fault)
        return {}


def by_name(output: OutputSpec, value: Wire, found: Collection[str]) -> dict[str, Wire]:
    """The value by its name, or all values of a layer with `each`; raises `Faulty` for names that were `found`."""
    if not isinstance(value, Several):
        refuse_taken(output, found)
        return {output.name: value}
    named: dict[str, Wire] = {}
    for word, each in value.values:
        own = replace(output, name=output_name(f"{output.name}_{word}"))
        refuse_taken(own, [*found, *named])
        named[own.name] = each
    return named


def _name_of_last(root: ScopeBuilder, last: Wire) -> str:
    named = (name for name, member in reversed(root.bindings.items()) if member.value == last and not name.isdigit())
    return output_name(next(named, DEFAULT_OUTPUT))


def _layer_value(last: Wire, document: Document, root: ScopeBuilder, references: References) -> Wire:
    if last == root.input or last in references.inputs.values():
        raise Faulty(Diagnostic("no-output", "the network has no layers", document.inside("layers").where))
    if isinstance(last, Several):
        name = last.path.rpartition(".")[2]
        message = f"the last layer, {last.path}, is applied to each of {len(last.values)} values, so it has several"
        hint = f"write `outputs: [{name}]` for all of them"
        raise Faulty(Diagnostic("no-output", message, document.place.key("layers"), hint))
    return last


def refuse_taken(output: OutputSpec, found: Collection[str]) -> None:
    """Raise `Faulty` for a second output of the same name."""
    if output.name in found:
        message = f'two outputs are called "{output.name}"'
        raise Faulty(Diagnostic("duplicate-name", message, output.place.where))


def output_value(output: OutputSpec, root: ScopeBuilder, references: References) -> Wire:
    """The value of an output's layer; for an unknown one a placeholder. Raises `Faulty` for an input."""
    refuse_input(output.path, output.place, root, references)
    return references.resolve(output.path, root, output.place)


def refuse_input(path: str, place: Place, root: ScopeBuilder, references: References) -> None:
    """Raise `Faulty` for an output that is an input of the network."""
    if find(path, root) is None and (path == INPUT or references.is_input(path)):
        message = f'"{path}" is an input of the network, and an output must be a layer'
        raise Faulty(Diagnostic("wrong-value", message, place.where))
