"""The declared outputs of a network: the paths under `outputs`, each with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from archspec.errors import Diagnostic
from archspec.spec.computed import UNKNOWN, Computed, read_value
from archspec.spec.names import NAME_HINT, describe, is_name, not_a_name, position_hint
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report

SomeT = TypeVar("SomeT", dict[str, Any], list[Any])


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """An output: its name, and the path of the layer whose value it is."""

    name: str
    path: str
    place: Place


def read_outputs(value: object, place: Place, report: Report) -> object:
    """An `outputs:` value with its expressions parsed, `UNKNOWN` if it cannot be used; `place` is its own."""
    try:
        read = read_value(value, place)
        if not isinstance(read, Computed):
            output_specs(read, place)
        return read
    except Faulty as fault:
        report.take(fault)
        return UNKNOWN


def output_specs(value: object, place: Place) -> list[OutputSpec]:
    """The outputs for a path, a list of paths or a mapping of names to paths; raises `Faulty`."""
    return [output_spec(*entry) for entry in output_entries(value, place)]


def output_entries(value: object, place: Place) -> list[tuple[object, object, Place]]:
    """The name, the path and the place of each output; None for a name that is not given. Raises `Faulty` for none."""
    if isinstance(value, dict):
        return [(name, path, place.inside(name)) for name, path in _some(value, place).items()]
    if isinstance(value, list):
        return [(None, path, place.inside(index)) for index, path in enumerate(_some(value, place))]
    return [(None, value, place)]


def _some(value: SomeT, place: Place) -> SomeT:
    if not value:
        raise Faulty(
            Diagnostic("wrong-value", "`outputs` names no layer", place.where, "leave it out for the last layer")
        )
    return value


def output_spec(given: object, path: object, place: Place) -> OutputSpec:
    """An output with a given name, or under its path with _ for dots and dashes. Raises `Faulty`."""
    if given is not None and not is_name(given):
        raise Faulty(Diagnostic("not-a-name", not_a_name(given), place.own_key, NAME_HINT))
    if not isinstance(path, str) or not path:
        message = f"an output is the path of a layer, not {describe(path)}"
        raise Faulty(Diagnostic("wrong-type", message, place.where, position_hint(path)))
    name = output_name(path) if given is None else str(given)
    if not is_name(name):
        raise Faulty(Diagnostic("not-a-name", not_a_name(name), place.where, NAME_HINT))
    return OutputSpec(name, path, place)


def output_name(path: str) -> str:
    """A path as an identifier; a layer without a name is `output_` and its position."""
    name = path.replace(".", "_").replace("-", "_")
    return f"output_{name}" if name[0].isdigit() else name
