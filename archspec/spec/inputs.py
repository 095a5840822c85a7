"""What a network reads: the shapes and types of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.advice import Advice
from archspec.errors import Diagnostic
from archspec.ir import Shape, TensorType
from archspec.source.pasted import list_hint
from archspec.spec.computed import UNKNOWN, Computed, Env, evaluated, names_in, read_value
from archspec.spec.envelope import InputEnvelope, read_envelope
from archspec.spec.names import NAME_HINT, describe, is_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.repairs import repair
from archspec.spec.report import Faulty, Report

LONGEST_AXIS = 2**31 - 1
MOST_AXES = 8
_SMALLEST_IMAGE = 8
_IMAGE_AXES = 3
_USUAL_CHANNELS = (1, 3, 4)
DTYPES = ("float32",)
"""What the values of a network may be; other precisions are chosen when it is compiled."""

_UNKNOWN_SIZES = (None, "None", "?", -1)
"""What frameworks write for an axis that may have any size."""

_NUMBERS = "write numbers: sizes that are left open are not supported yet"

DEFAULT_INPUT = "input"
"""The name of the input of a network that is given as a list of layers."""


@dataclass(frozen=True, slots=True, eq=False)
class InputSpec:
    """An input as it is declared: a shape, channels last, that may depend on params.

    `batched` says that it begins with the batch, as Keras's `batch_shape` does.
    """

    shape: object
    place: Place
    batched: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names that the shape's expressions read."""
        return names_in(self.shape)

    def type(self, env: Env) -> TensorType:
        """The type for these params, without the batch; raises `Faulty`."""
        return TensorType(_shape(evaluated(self.shape, env), self.place, self.batched))


def looks_channels_first(shape: Shape) -> bool:
    """Whether a shape is probably an image's in PyTorch's order: (3, 224, 224) or (1, 28, 28)."""
    return len(shape) == 3 and shape[0] in (1, 3) and shape[1] == shape[2] >= _SMALLEST_IMAGE


def channels_last_hint(shape: Shape) -> str:
    """What to write for a shape in PyTorch's order."""
    return f"shapes are [height, width, channels] in both frameworks: write {[*shape[1:], shape[0]]}"


def read_inputs(declared: Mapping[str, object], place: Place, report: Report) -> dict[str, InputSpec]:
    """The inputs that an `inputs:` mapping declares; `place` is the mapping's."""
    if not declared:
        report.error("wrong-value", "`inputs` names no input", place.where, hint="write inputs: {image: [224, 224, 3]}")
        return unknown_input(place)
    for name in declared:
        if not is_name(name):
            report.error("not-a-name", not_a_name(name), place.key(name), hint=NAME_HINT)
    return {str(name): _read_input(value, place.inside(name), report) for name, value in declared.items()}


def unknown_input(place: Place) -> dict[str, InputSpec]:
    """The input of a network that says wrongly what it reads, so that nothing more is said about that."""
    return {DEFAULT_INPUT: InputSpec(UNKNOWN, place)}


def read_shape(value: object, place: Place, report: Report, *, batched: bool = False) -> InputSpec:
    """The input of this shape; a wrong one is reported, and is unknown from then on."""
    try:
        spec = InputSpec(read_value(value, place), place, batched)
        if not isinstance(spec.shape, Computed):
            spec.type({})
        return spec
    except Faulty as fault:
        report.take(fault)
        return InputSpec(UNKNOWN, place)


def _read_input(value: object, place: Place, report: Report) -> InputSpec:
    if not isinstance(value, dict):
        return read_shape(value, place, report)
    entries = read_envelope(InputEnvelope, value, place, report)
    check_dtype(entries.values.dtype, entries.inside("dtype"), report)
    return read_shape(entries.values.shape, entries.inside("shape"), report)


def check_dtype(dtype: object, place: Place, report: Report) -> None:
    """Reports a type that no input can have."""
    if dtype not in DTYPES:
        hint = Advice.of("the precision is chosen when the network is compiled, with {dtype}")
        message = f"an input's dtype is {' or '.join(DTYPES)}, not {describe(dtype)}"
        report.error("wrong-value", message, place.where, hint=hint)


def _shape(value: object, place: Place, batched: bool) -> tuple[int, ...]:
    first = int(batched)
    if not isinstance(value, list | tuple) or not 1 <= len(value) - first <= MOST_AXES:
        hint = list_hint(value) or "an image is [height, width, channels], without the batch"
        message = f"a shape is a list of 1 to {MOST_AXES} whole numbers, not {describe(value)}"
        raise Faulty(Diagnostic("wrong-value", message, place.where, hint))
    if batched and value[0] is not None:
        message = f"a network is the same for every size of the batch, so it is null here, not {describe(value[0])}"
        raise Faulty(Diagnostic("wrong-value", message, place.inside(0).where, "write null"))
    axes = tuple(value[first:])
    for index, axis in enumerate(axes):
        if not _is_size(axis):
            at = place.inside(index + first)
            mend = repair(axis, at, _is_size) or _unknown_size_hint(axes, batched)
            message = f"an axis of a shape is a whole number from 1 to {LONGEST_AXIS}, not {describe(axis)}"
            raise Faulty(Diagnostic("wrong-value", message, at.where, mend))
    return axes


def _is_size(axis: object) -> bool:
    return isinstance(axis, int) and not isinstance(axis, bool) and 1 <= axis <= LONGEST_AXIS


def _unknown_size_hint(axes: tuple[object, ...], batched: bool) -> str | None:
    """What to do about a shape that has axes without a size, of which the first may be the batch."""
    unknown = [axis in _UNKNOWN_SIZES for axis in axes]
    if not any(unknown):
        return None
    is_image = len(axes) == _IMAGE_AXES and axes[-1] in _USUAL_CHANNELS
    if not batched and unknown[0] and not is_image:
        return "leave the batch axis out" + (f", and {_NUMBERS}" if sum(unknown) > 1 else "")
    return _NUMBERS
