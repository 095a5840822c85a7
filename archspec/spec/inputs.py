"""What a network reads: the shapes and types of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.errors import Diagnostic
from archspec.ir import Shape, TensorType
from archspec.spec.computed import UNKNOWN, Computed, Env, evaluated, names_in, read_value
from archspec.spec.envelope import InputEnvelope, read_envelope
from archspec.spec.names import NAME_HINT, describe, is_name, not_a_name
from archspec.spec.place import Place
from archspec.spec.report import Faulty, Report
from archspec.spec.suggest import closest

LONGEST_AXIS = 2**31 - 1
MOST_AXES = 8
_SMALLEST_IMAGE = 8
DTYPES = ("float32",)
"""What the values of a network may be; other precisions are chosen when it is compiled."""

DEFAULT_INPUT = "input"
"""The name of the input of a network that is given as a list of layers."""


@dataclass(frozen=True, slots=True, eq=False)
class InputSpec:
    """An input as it is declared: a shape without the batch, channels last, that may depend on params."""

    shape: object
    place: Place

    @property
    def names(self) -> frozenset[str]:
        """The names that the shape's expressions read."""
        return names_in(self.shape)

    def type(self, env: Env) -> TensorType:
        """The type for these params; raises `Faulty`."""
        return TensorType(_shape(evaluated(self.shape, env), self.place))


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


def take_input_shape(layers: object, place: Place, report: Report) -> tuple[Mapping[str, InputSpec] | None, object]:
    """The input that the first layer's `input_shape` declares, if it has one, and the layers without it."""
    if not isinstance(layers, list | tuple) or not layers:
        return None, layers
    first, *others = layers
    if not isinstance(first, dict):
        return None, layers
    if "input_shape" not in first:
        misspelt = closest("input_shape", map(str, first)) is not None
        return unknown_input(place) if misspelt else None, layers
    spec = read_shape(first["input_shape"], place.inside(0, "input_shape"), report)
    return {DEFAULT_INPUT: spec}, [{key: value for key, value in first.items() if key != "input_shape"}, *others]


def read_shape(value: object, place: Place, report: Report) -> InputSpec:
    """The input of this shape; a wrong one is reported, and is unknown from then on."""
    try:
        spec = InputSpec(read_value(value, place), place)
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
    dtype = entries.values.dtype
    if dtype not in DTYPES:
        hint = "the precision is chosen when the network is compiled: --dtype float64"
        message = f"an input's dtype is {' or '.join(DTYPES)}, not {describe(dtype)}"
        report.error("wrong-value", message, entries.inside("dtype").where, hint=hint)
    return read_shape(entries.values.shape, entries.inside("shape"), report)


def _shape(value: object, place: Place) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_AXES:
        hint = "an image is [height, width, channels], without the batch"
        message = f"a shape is a list of 1 to {MOST_AXES} whole numbers, not {describe(value)}"
        raise Faulty(Diagnostic("wrong-value", message, place.where, hint))
    for index, axis in enumerate(value):
        if not isinstance(axis, int) or isinstance(axis, bool) or not 1 <= axis <= LONGEST_AXIS:
            batch = "leave the batch axis out" if axis is None else None
            message = f"an axis of a shape is a whole number from 1 to {LONGEST_AXIS}, not {describe(axis)}"
            raise Faulty(Diagnostic("wrong-value", message, place.inside(index).where, batch))
    return tuple(value)
