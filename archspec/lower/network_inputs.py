"""The types of a network's inputs: declared in the document, or given by the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.advice import Advice
from archspec.ir import TensorType
from archspec.spec.computed import Env
from archspec.spec.document import Document
from archspec.spec.inputs import (
    DEFAULT_INPUT,
    InputSpec,
    as_written,
    batch_hint,
    channels_first_hint,
)
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import did_you_mean

_HOW_TO_SAY = Advice.of("write inputs: {{image: [224, 224, 3]}}, give the first layer an input_shape, or {shape}")


def find_inputs(
    document: Document, shapes: Mapping[str, Sequence[int | None]], names: Env, report: Report
) -> dict[str, TensorType | None]:
    """The inputs by name; None for one whose type is not known.

    `shapes` are the caller's, over the declared ones; one under the empty word is that of the only input there is.
    """
    shapes = _named(shapes, tuple(document.inputs or {DEFAULT_INPUT: None}), report)
    given = {name: InputSpec(shape, Place(dict(shapes), (name,))) for name, shape in shapes.items()}
    if document.inputs is None:
        if not given:
            where = document.place.key("inputs")
            report.error("missing-input", "nothing says what the network reads", where, hint=_HOW_TO_SAY)
            return {DEFAULT_INPUT: None}
        return {name: _type(spec, names, report) for name, spec in given.items()}
    for name in given:
        if name not in document.inputs:
            message = f'the network has no input "{name}"'
            where = document.place.key("inputs")
            hint = did_you_mean(name, document.inputs) or f"it reads {', '.join(document.inputs)}"
            report.error("unknown-input", message, where, hint=hint)
    return {name: _type(given.get(name, spec), names, report) for name, spec in document.inputs.items()}


def _named(
    shapes: Mapping[str, Sequence[int | None]], declared: tuple[str, ...], report: Report
) -> Mapping[str, Sequence[int | None]]:
    if "" not in shapes:
        return shapes
    if len(declared) > 1:
        message = f"the network has several inputs, and a shape does not say of which: {', '.join(declared)}"
        report.error("unknown-input", message, None, hint="give a shape for each by its name")
        return {name: shape for name, shape in shapes.items() if name}
    if declared[0] in shapes:
        report.error("unknown-input", f"the input {declared[0]} has two shapes, one of them by its name", None)
    return {name or declared[0]: shape for name, shape in shapes.items()}


def _type(spec: InputSpec, names: Env, report: Report) -> TensorType | None:
    try:
        type_ = spec.type(names)
    except Faulty as fault:
        report.take(fault)
        return None
    if (hint := channels_first_hint(type_.axes)) is not None:
        message = f"an input of the shape {as_written(type_.axes)} has {type_.channels} channels"
        report.warning("channels-first", message, spec.place.where, hint=hint)
    elif (hint := batch_hint(type_.axes)) is not None:
        message = (
            f"an input of the shape {as_written(type_.axes)} has a first axis of any length, which is not the batch"
        )
        report.warning("batch-axis", message, spec.place.where, hint=hint)
    return type_
