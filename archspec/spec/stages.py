"""The named stages of a network: values inside it that a caller can take as outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.errors import Diagnostic
from archspec.spec.computed import UNKNOWN, Computed, Env, evaluated, names_in, read_value
from archspec.spec.names import NAME_HINT, describe, is_name, not_a_name, position_hint
from archspec.spec.outputs import OutputSpec
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report

ALL_STAGES = "stages"
"""The word for all stages together; no stage has this name."""


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage: its name, and the path of the layer whose value it is, which may have expressions."""

    name: str
    path: object
    place: Place

    @property
    def names(self) -> frozenset[str]:
        """The names that the path's expressions read."""
        return names_in(self.path)

    def output(self, env: Env) -> OutputSpec:
        """The stage as an output, for these values of the names. Raises `Faulty`."""
        return OutputSpec(self.name, _path(evaluated(self.path, env), self.place), self.place)


def read_stages(declared: Mapping[str, object], place: Place, report: Report) -> dict[str, StageSpec]:
    """The stages of a `stages:` mapping, by name; `place` is the mapping's."""
    if not declared:
        report.error("wrong-value", "`stages` names no layer", place.where, hint="leave it out")
    stages = {}
    for name, value in declared.items():
        if not is_name(name):
            report.error("not-a-name", not_a_name(name), place.key(name), hint=NAME_HINT)
        elif name == ALL_STAGES:
            hint = "name it after its stride: stride8"
            report.error("reserved-name", "`stages` stands for all stages together", place.key(name), hint=hint)
        else:
            stages[name] = StageSpec(name, _read(value, place.inside(name), report), place.inside(name))
    return stages


def _read(value: object, place: Place, report: Report) -> object:
    """A path with its expressions parsed, `UNKNOWN` if it cannot be used."""
    try:
        read = read_value(value, place)
        return read if isinstance(read, Computed) else _path(read, place)
    except Faulty as fault:
        report.take(fault)
        return UNKNOWN


def _path(value: object, place: Place) -> str:
    if isinstance(value, str) and value:
        return value
    message = f"a stage is the path of a layer, not {describe(value)}"
    hint = position_hint(value) or "write stages: {stride4: layer1, stride8: layer2}"
    raise Faulty(Diagnostic("wrong-type", message, place.where, hint))
