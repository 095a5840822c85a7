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
    """The outputs for a path, a list of paths or a mapping of names to paths; raises `Faulty`.

    The default name is the path, with _ for dots and dashes.
    """
    if isinstance(value, dict):
        return [_named_output(name, path, place) for name, path in _some(value, place).items()]
    if isinstance(value, list):
        return [_output(None, path, place.inside(index)) for index, path in enumerate(_some(value, place))]
    return [_output(None, value, place)]


def _some(value: SomeT, place: Place) -> SomeT:
    if not value:
        raise Faulty(
            Diagnostic("wrong-value", "`outputs` names no layer", place.where, "leave it out for the last layer")
        )
    return value


def _named_output(name: str, path: object, place: Place) -> OutputSpec:
    if not is_name(name):
        raise Faulty(Diagnostic("not-a-name", not_a_name(name), place.key(name), NAME_HINT))
    return _output(name, path, place.inside(name))


def _output(name: str | None, path: object, place: Place) -> OutputSpec:
    if not isinstance(path, str) or not path:
        message = f"an output is the path of a layer, not {describe(path)}"
        raise Faulty(Diagnostic("wrong-type", message, place.where, position_hint(path)))
    name = output_name(path) if name is None else name
    if not is_name(name):
        raise Faulty(Diagnostic("not-a-name", not_a_name(name), place.where, NAME_HINT))
    return OutputSpec(name, path, place)


def output_name(path: str) -> str:
    """A path as an identifier; a layer without a name is `output_` and its position."""
    name = path.replace(".", "_").replace("-", "_")
    return f"output_{name}" if name[0].isdigit() else name
