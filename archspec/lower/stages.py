"""The stages that a document names, and the outputs that a caller chooses: stages, and any other values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from archspec.errors import Diagnostic
from archspec.ir import TensorType
from archspec.lower.outputs import by_name, output_value, refuse_input
from archspec.lower.references import References, find
from archspec.lower.scope_builder import ScopeBuilder
from archspec.lower.wires import Several, Wire, type_of
from archspec.spec.computed import Env
from archspec.spec.document import Document
from archspec.spec.outputs import OutputSpec, output_entries, output_spec
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.stages import ALL_STAGES


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a network: the path of its layer, and the type of its value."""

    path: str
    type: TensorType


class StageValue(NamedTuple):
    """The path of a stage's layer, and its value while the network is lowered."""

    path: str
    value: Wire


class Chosen(NamedTuple):
    """The outputs that a caller chooses: a list of paths and stages, or names for them; and their place."""

    outputs: list[str] | dict[str, str]
    place: Place


def find_stages(
    document: Document, root: ScopeBuilder, names: Env, references: References, report: Report
) -> dict[str, StageValue]:
    """The stages by name, without those that `when` or `repeat` leaves out. Reports wrong ones."""
    found: dict[str, StageValue] = {}
    place = document.inside("stages")
    for name, stage in document.stages.items():
        try:
            output = stage.output(names)
            if not references.is_left_out(output.path, root):
                found[name] = StageValue(output.path, _only_value(output, output_value(output, root, references)))
        except Faulty as fault:
            report.take(fault)
            continue
        if name in root.bindings and (name not in found or root.bindings[name].value != found[name].value):
            message = f"a layer is called `{name}` too, and this stage is not its value"
            report.error("duplicate-name", message, place.key(name), hint="name the stage after its stride: stride8")
    if document.stages and ALL_STAGES in root.bindings:
        message = "a layer is called `stages` too, and as an output this word stands for all stages"
        report.error("duplicate-name", message, place.own_key, hint="call the layer by another name")
    return found


def _only_value(output: OutputSpec, value: Wire) -> Wire:
    """The value of a stage; raises `Faulty` for the values of a layer with `each`."""
    if isinstance(value, Several):
        words = [f"{output.path}_{word}" for word, _ in value.values]
        message = f'"{output.path}" has {len(words)} values, and a stage is one'
        raise Faulty(Diagnostic("wrong-value", message, output.place.where, f"write one of them: {words[0]}"))
    return value


def described(stages: Mapping[str, StageValue]) -> dict[str, Stage]:
    """The stages with their types."""
    types = {name: type_of(stage.value) for name, stage in stages.items()}
    return {name: Stage(stages[name].path, type_) for name, type_ in types.items() if type_ is not None}


class Choosing:
    """Finds the chosen outputs of a network whose layers are lowered. `stages` are those of the document in it."""

    def __init__(
        self, document: Document, root: ScopeBuilder, stages: Mapping[str, StageValue], references: References
    ) -> None:
        self._declared = document.stages
        self._root = root
        self._stages = stages
        self._references = references

    def outputs(self, chosen: Chosen, report: Report) -> dict[str, Wire]:
        """The chosen outputs by name. The names are those of a document with these `outputs`. Reports wrong ones."""
        found: dict[str, Wire] = {}
        try:
            entries = output_entries(chosen.outputs, chosen.place)
        except Faulty as fault:
            report.take(fault)
            return {}
        for name, path, place in entries:
            try:
                for output, value in self._meant(name, str(path), place):
                    found |= by_name(output, value, found)
            except Faulty as fault:
                report.take(fault)
        return found

    def _meant(self, name: object, path: str, place: Place) -> Iterator[tuple[OutputSpec, Wire]]:
        """The output of a path or a stage with its value, or one for each stage. Raises `Faulty`."""
        if path != ALL_STAGES or not self._declared:
            value = self._value(path, place)
            yield output_spec(name, path, place), value
        elif name is not None:
            message = "`stages` stands for all stages, and an output with a name is one value"
            raise Faulty(Diagnostic("wrong-value", message, place.where, self._names))
        elif not self._stages:
            raise Faulty(Diagnostic("no-output", "`when` leaves out every stage", place.where))
        else:
            for stage, (_, value) in self._stages.items():
                yield OutputSpec(stage, stage, place), value

    def _value(self, path: str, place: Place) -> Wire:
        """The value of a stage or of a layer. Raises `Faulty`."""
        if path in self._stages:
            return self._stages[path].value
        refuse_input(path, place, self._root, self._references)
        found = find(path, self._root)
        if found is not None:
            return found.value
        if path in self._declared or self._references.is_left_out(path, self._root):
            hint = "its `when` is false or its `repeat` 0"
            raise Faulty(Diagnostic("unknown-reference", f'"{path}" is left out here', place.where, hint))
        if path == ALL_STAGES:
            hint = "give the paths of layers, or write stages: {stride4: layer1, stride8: layer2} in the document"
            raise Faulty(Diagnostic("unknown-reference", "the document names no stages", place.where, hint))
        fault = self._references.unknown(path, self._root, place, self._declared)
        raise Faulty(replace(fault, hint=fault.hint or self._names))

    @property
    def _names(self) -> str | None:
        return f"the stages are {', '.join(self._stages)}" if self._stages else None
