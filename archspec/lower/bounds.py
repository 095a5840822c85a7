"""Bounds for the size of a network; a larger one is refused as early as possible."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from archspec.errors import ArchspecError
from archspec.ir import Shape, TensorType, WeightSpec, shown
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.names import describe
from archspec.spec.report import Report

MOST_LAYERS = 100_000
TOO_MANY_LAYERS = f"with this the network gets more than {MOST_LAYERS:,} layers"
MOST_READ = 3 * MOST_LAYERS
MOST_ASKED = 2 * MOST_LAYERS
MOST_ELEMENTS = 2**40
DEEPEST_NESTING = 64


class TooLarge(ArchspecError):
    """The network exceeds a bound, which the report names; lowering stops."""


class Counted(NamedTuple):
    """Numbers of layers, of the values that they read, and of their parameters."""

    layers: int
    read: int
    parameters: int


class Bounds:
    """Counts a network's layers, inputs and parameters during lowering."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._layers = 0
        self._copies = 1
        self._read = 0
        self._parameters = 0
        self._asked = 0

    def ask(self, number: int, spec: LayerSpec) -> None:
        """Count copies before `when` keeps or leaves out each of them; raises `TooLarge`."""
        self._asked += number
        if self._asked > MOST_ASKED:
            message = f"with this `repeat`, `for`, `rows` and `when` are asked of more than {MOST_ASKED:,} copies"
            self._report.error("too-large", message, spec.copied_at)
            raise TooLarge

    def begin_copies(self, number: int, spec: LayerSpec) -> None:
        """Count the copies of a layer before they are lowered, inside the copies around it; raises `TooLarge`."""
        self._layers += number
        self._copies *= max(number, 1)
        # The product is only an estimate: later copies may contain fewer layers.
        if self._layers > MOST_LAYERS or self._copies > 10 * MOST_LAYERS:
            self._report.error("too-large", TOO_MANY_LAYERS, spec.copied_at)
            raise TooLarge

    def end_copies(self, number: int) -> None:
        """The copies have been lowered."""
        self._copies //= max(number, 1)

    @property
    def counted(self) -> Counted:
        """The counts so far."""
        return Counted(self._layers, self._read, self._parameters)

    def since(self, before: Counted) -> Counted:
        """The difference between the counts now and before."""
        return Counted(*(now - then for now, then in zip(self.counted, before, strict=True)))

    def has_room(self, counted: Counted) -> bool:
        """Whether this much more is within the bounds; if so, it is counted."""
        layers, read, parameters = (now + more for now, more in zip(self.counted, counted, strict=True))
        fits = layers <= MOST_LAYERS and read <= MOST_READ and parameters <= MOST_ELEMENTS
        if fits:
            self._layers, self._read, self._parameters = layers, read, parameters
        return fits

    def read(self, number: int, spec: LayerSpec) -> None:
        """Count the values that a layer reads; raises `TooLarge`."""
        self._read += number
        if self._read > MOST_READ:
            message = f"with this the network's layers read more than {MOST_READ:,} values"
            self._report.error("too-large", message, spec.place.inside("inputs").where)
            raise TooLarge

    def count(self, parameters: int) -> None:
        """Count the weights of a layer."""
        self._parameters += parameters

    def excess(self, path: str, given: TensorType, weights: Iterable[WeightSpec]) -> str | None:
        """Count a layer's parameters; returns a message if its output or a weight is too large, else None."""
        least = tuple(axis or 1 for axis in given.axes)
        if math.prod(least) > MOST_ELEMENTS:
            shape = shown(given.axes)
            return f"the output of layer {path} has the shape {shape}: {_count(least)} elements, more than 2**40"
        for weight in weights:
            size = math.prod(weight.shape)
            if size > MOST_ELEMENTS:
                return f"the {weight.slot} of layer {path} has {_count(weight.shape)} parameters, more than 2**40"
            self._parameters += size
        return None

    @property
    def exceeded(self) -> bool:
        """Whether the network has too many parameters."""
        return self._parameters > MOST_ELEMENTS

    def excess_in_all(self, path: str) -> str:
        """The message for the layer with which the network gets too many parameters."""
        return f"with layer {path} the network has {_count((self._parameters,))} parameters, more than 2**40"


def _count(shape: Shape) -> str:
    size = math.prod(shape)
    return f"{size:,}" if size < 10**15 else f"{size:.1e}" if size < 10**300 else describe(size)
