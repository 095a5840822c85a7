"""The declared inputs of a network: their shapes and types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archspec.advice import Advice
from archspec.errors import Diagnostic
from archspec.ir import Axes, TensorType
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
DTYPES = ("float32",)
"""The types of inputs; other precisions are an option of compiling."""

_UNKNOWN_SIZES = ("None", "?", -1)
"""Other programs' words for an axis of any length."""

DEFAULT_INPUT = "input"
"""The name of the input of a network that is given as a list of layers."""


@dataclass(frozen=True, slots=True, eq=False)
class InputSpec:
    """An input as it is declared: a shape, channels last, that may depend on params, and where null is any length.

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


def channels_first_hint(axes: Axes) -> str | None:
    """The hint for axes that are probably an image's in PyTorch's order, (3, 224, 224); None for others."""
    if (
        len(axes) != _IMAGE_AXES
        or axes[0] not in (1, 3)
        or axes[1] != axes[2]
        or (axes[2] or LONGEST_AXIS) < _SMALLEST_IMAGE
    ):
        return None
    return f"shapes are [height, width, channels] in both frameworks: write {as_written((*axes[1:], axes[0]))}"


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
    """The input of a network with a faulty declaration, which causes no further messages."""
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
    if entries.refused("shape"):
        return InputSpec(UNKNOWN, place)
    return read_shape(entries.values.shape, entries.inside("shape"), report)


def check_dtype(dtype: object, place: Place, report: Report) -> None:
    """Reports a type that no input can have."""
    if dtype not in DTYPES:
        hint = Advice.of("the precision is chosen when the network is compiled, with {dtype}")
        message = f"an input's dtype is {' or '.join(DTYPES)}, not {describe(dtype)}"
        report.error("wrong-value", message, place.where, hint=hint)


def batch_hint(axes: Axes) -> str | None:
    """The hint for axes of which the first is probably the batch: [null, 784] or [null, 28, 28]; None for others."""
    is_image = len(axes) == _IMAGE_AXES and not (axes[1] == axes[2] and (axes[2] or 0) >= _SMALLEST_IMAGE)
    if is_image or axes[0] is not None:
        return None
    return f"leave the batch axis out: write {as_written(axes[1:])}"


def as_written(axes: Axes) -> str:
    """Axes as a document has them: [null, null, 3]."""
    return f"[{', '.join('null' if axis is None else str(axis) for axis in axes)}]"


def _shape(value: object, place: Place, batched: bool) -> Axes:
    first = int(batched)
    if not isinstance(value, list | tuple) or not 1 <= len(value) - first <= MOST_AXES:
        hint = "an image is [height, width, channels], without the batch"
        message = f"a shape is a list of 1 to {MOST_AXES} whole numbers, not {describe(value)}"
        raise Faulty(Diagnostic("wrong-value", message, place.where, hint))
    if batched and value[0] is not None:
        message = f"a network is the same for every size of the batch, so it is null here, not {describe(value[0])}"
        raise Faulty(Diagnostic("wrong-value", message, place.inside(0).where, "write null"))
    axes = tuple(value[first:])
    for index, axis in enumerate(axes, start=first):
        if not (_is_size(axis) or (axis is None and index < len(value) - 1)):
            raise Faulty(_wrong_axis(axes, index - first, place.inside(index)))
    return axes


def _wrong_axis(axes: tuple[Any, ...], index: int, place: Place) -> Diagnostic:
    axis, number = axes[index], f"a whole number from 1 to {LONGEST_AXIS}"
    mend = repair(axis, place, _is_size)
    if index == len(axes) - 1:
        message = f"the last axis of a shape, which has the channels, is {number}, not {describe(axis)}"
        return Diagnostic(
            "wrong-value", message, place.where, mend or (channels_first_hint(axes) if axis is None else None)
        )
    message = f"an axis of a shape is {number}, or null for any length, not {describe(axis)}"
    return Diagnostic("wrong-value", message, place.where, mend or ("write null" if axis in _UNKNOWN_SIZES else None))


def _is_size(axis: object) -> bool:
    return isinstance(axis, int) and not isinstance(axis, bool) and 1 <= axis <= LONGEST_AXIS
