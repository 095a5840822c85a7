"""The output of `archspec parity`, on the screen and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archspec.cli.table import shape_text, shortened, table

if TYPE_CHECKING:
    from archspec.comparison import (
        LayerParity,
        LayersReport,
        OutputParity,
        ParityReport,
        PeerReport,
        TensorParity,
        TrainingReport,
    )


_LISTED = 5

_WIDEST = 100


@dataclass(frozen=True)
class Section:
    """A table, the sentences below it, and the verdict."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    verdict: str
    notes: Sequence[str] = ()
    numbers: frozenset[int] = field(default=frozenset())

    def text(self) -> str:
        """The section for a terminal."""
        parts = [table(self.header, self.rows, self.numbers)] if self.rows else []
        return "\n\n".join([*parts, "\n".join([*self.notes, self.verdict])])

    def markdown(self) -> str:
        """The section for a page in Markdown."""
        lines = [f"## {self.title}", ""]
        if self.rows:
            rule = ["---:" if index in self.numbers else "---" for index in range(len(self.header))]
            lines += [f"| {' | '.join(row)} |" for row in (self.header, rule, *self.rows)]
            lines.append("")
        lines += [f"- {note}" for note in self.notes]
        return "\n".join([*lines, *([""] if self.notes else []), f"**{self.verdict}**", ""])


def inference(report: ParityReport) -> Section:
    """Every output, in both precisions."""
    header = ["output", "float64", *(f"{name} float32" for name in report.backends), "allowed", "verdict"]
    rows = [
        [
            _named(output),
            f"{output.float64:.1e}",
            *(f"{output.float32[name]:.1e}" for name in report.backends),
            f"{output.float32_allowed:.1e}",
            _word(output.passed),
        ]
        for output in report.outputs
    ]
    notes = [f"{each.shape_mismatch.sentence()}." for each in report.outputs if each.shape_mismatch]
    notes += _replaced(report.replaced)
    if sensitive := [each.name for each in report.outputs if each.sensitive]:
        notes.append(f"Rounding alone moves these so far that float32 says little of them: {_some(sensitive)}.")
    return Section("Inference", header, rows, _inference(report), notes, frozenset(range(1, len(header) - 1)))


def _named(output: OutputParity) -> str:
    """The output, and the inputs' sizes where there are several."""
    sizes = ", ".join(map(shape_text, (output.inputs or {}).values()))
    return f"{output.name} of {sizes}" if sizes else output.name


def _inference(report: ParityReport) -> str:
    """The verdict, with the precision in which the outputs differ."""
    both = f"{report.network}: {' and '.join(report.backends)}"
    if not report.same:
        return f"{both} DIFFER: {report.largest:.1e} in float64"
    same = f"{both} are the same function: {report.largest:.1e} in float64"
    if report.passed:
        return same
    wrong = [name for name in report.backends if any(name in each.inexact for each in report.outputs)]
    return f"{same}, but the float32 of {' and of '.join(wrong)} is further off than rounding explains"


def training(report: TrainingReport) -> Section:
    """One pass in training mode, and the steps of each optimiser; the worst of each kind."""
    header = ["in training", "compared", "largest difference", "where", "verdict"]
    kinds = {"outputs": report.outputs, "gradients": report.gradients, "moving statistics": report.statistics}
    rows = [_training_row(name, tensors) for name, tensors in kinds.items() if tensors]
    for each in report.optimisers:
        name = f"{report.steps} steps of {each.optimiser.name}"
        rows.append([f"{name}: losses", str(report.steps), f"{each.loss:.1e}", "", _word(each.loss_passed)])
        if each.weights:
            rows.append(_training_row(f"{name}: weights", each.weights))
    verdict = "train alike" if report.passed else "DIFFER in training"
    sentence = f"{report.network}: {' and '.join(report.backends)} {verdict}: {report.largest:.1e} in float64"
    return Section("Training", header, rows, sentence, tuple(_training_notes(report)), frozenset({1, 2}))


def peer(report: PeerReport) -> Section:
    """Every output against a third party's."""
    backends = list(next(iter(report.differences.values())))
    header = ["output", *(f"{name} from {report.peer}" for name in backends), "verdict"]
    rows = [
        [name, *(f"{each[backend]:.1e}" for backend in backends), _word(report.same(name))]
        for name, each in report.differences.items()
    ]
    verdict = "is the same function as" if report.passed else "DIFFERS from"
    sentence = f"{report.network} {verdict} {report.peer}, with the same weights: {report.largest:.1e} in float64"
    return Section(f"Against {report.peer}", header, rows, sentence, numbers=frozenset(range(1, len(header) - 1)))


def layers(report: LayersReport) -> Section:
    """The layers that differ, with details of the first."""
    header = ["layer", "type", "where", "difference", "what it reads", "alone, on the same inputs"]
    rows = [
        [
            layer.path,
            layer.layer_type,
            layer.place or "",
            f"{layer.difference:.1e}",
            "differs already" if layer.inherited else "is the same",
            ", ".join(f"{what} {difference:.1e}" for what, difference in layer.alone.items()) or "the same",
        ]
        for layer in (report.guilty or report.layers)[:_LISTED]
    ]
    title = f"Layers in {report.mode}"
    if report.passed:
        return Section(
            title, header, (), f"{report.network}: all {report.compared} layers are the same in {report.mode}"
        )
    notes = [note for layer in (report.guilty or report.layers)[:1] for note in _first(layer)]
    if report.inputs:
        notes.append(f"Gradients that differ: {_some(report.inputs)}.")
    if report.together:
        notes.append("It differs only in the network as it is, not where every value is an output.")
    guilty = [layer.path for layer in report.guilty]
    blame = f"of its own accord {_some(guilty)}" if guilty else "none by itself"
    sentence = f"{report.network}: {len(report.layers)} of {report.compared} layers differ in {report.mode}, {blame}"
    return Section(title, header, rows, sentence, notes, frozenset({3}))


def _training_row(name: str, tensors: Sequence[TensorParity]) -> list[str]:
    judged = [tensor for tensor in tensors if not tensor.rounding]
    worst = max(judged, key=lambda tensor: tensor.difference, default=None)
    passed = all(tensor.passed for tensor in tensors)
    return [
        name,
        str(len(tensors)),
        f"{worst.difference:.1e}" if worst else "",
        worst.name if worst else "",
        _word(passed),
    ]


def _training_notes(report: TrainingReport) -> Iterator[str]:
    for each in report.shape_mismatches:
        yield f"{each.sentence()}. Nothing else is compared."
    if report.switched_off:
        yield f"Random layers, switched off: {_some(report.switched_off)}."
    if report.ordered:
        yield f"Layers with moving statistics, used several times in the spec's order: {_some(report.ordered)}."
    yield from _replaced(report.replaced)
    if report.slower:
        yield f"Rates are 2^{report.slower} times smaller than usual: a step of the usual size makes another gradient."
    if report.zero_gradients:
        yield f"Weights whose gradient is zero but for rounding: {_some(report.zero_gradients)}."
    if report.rounded_gradients:
        yield f"Weights whose gradient differs by the rounding of its terms: {_some(report.rounded_gradients)}."
    if report.zero_statistics:
        yield f"Moving statistics that are zero but for rounding: {_some(report.zero_statistics)}."
    different = dict.fromkeys(tensor.name for tensor in report.tensors() if not tensor.passed)
    if different:
        yield f"Different: {_some(list(different))}."


def _replaced(replaced: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for backend, paths in replaced.items():
        if paths:
            yield f"Layers that {backend} rounds to float32 in float64, compared by exact functions: {_some(paths)}."


def _first(layer: LayerParity) -> Iterator[str]:
    attributes = ", ".join(f"{name}={value!r}" for name, value in layer.attributes.items())
    at = f" at {layer.place}" if layer.place else ""
    yield f"The first is {layer.path}{at}: {layer.layer_type}({shortened(attributes, _WIDEST)})."
    if layer.shape_mismatch is not None:
        yield f"{layer.shape_mismatch.sentence()}."
    if layer.worst is not None:
        values = " and ".join(f"{value!r} in {name}" for name, value in layer.worst.values.items())
        yield f"Its worst element is {list(layer.worst.index)}: {values}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _word(passed: bool) -> str:
    return "same" if passed else "DIFFERENT"
