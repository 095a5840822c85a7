"""Builds a flow layer by layer, and writes equal functions in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from archspec.checkpoints.flow.margins import Padding, added, padded
from archspec.checkpoints.flow.rewriting import rewritten
from archspec.checkpoints.flow.steps import INPUT, Flow, Step
from archspec.errors import ArchspecError
from archspec.ir import Axes, Essence, Layer, Shape, TensorType
from archspec.layers.shape import ZeroPadding2D
from archspec.layers.window import NO_PADDING, WindowedLayer


class Wire(NamedTuple):
    """A value: the step that makes it, its axes if they are known, and zeros around it that no step has added yet.

    `is_positive` says that no element is below 0.
    """

    step: int
    axes: Axes | None
    pad: Padding = NO_PADDING
    is_positive: bool = False


class FlowBuilder:
    """The steps so far."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._inputs: list[int] = []

    def input(self, name: str, axes: Axes | None) -> Wire:
        """Another input of the network."""
        self._inputs.append(len(self._steps))
        return Wire(self._add(Step(name, Essence(INPUT), ())), axes)

    def opaque(self, name: str, kind: str, reads: Sequence[Wire], number: int = 0) -> Wire:
        """A step of an unknown function: result `number` of a layer."""
        attributes = (("result", number),) if number else ()
        return Wire(self._add(Step(name, Essence(kind, attributes), self._bare(reads))), None)

    def weighted_opaque(self, name: str, kind: str, reads: Sequence[Wire], owner: str, shapes: Sequence[Shape]) -> Wire:
        """A step of an unknown function that has weights."""
        return Wire(self._add(Step(name, Essence(kind), self._bare(reads), owner, tuple(shapes))), None)

    def layer(self, name: str, layer: Layer, reads: Sequence[Wire], owner: str, shapes: Sequence[Shape]) -> Wire:
        """A layer of the language; `owner` and `shapes` are those of its weights."""
        gives = _gives(layer, reads)
        is_positive = layer.nonnegative(all(wire.is_positive for wire in reads))
        if isinstance(layer, ZeroPadding2D) and len(reads) == 1:
            return Wire(reads[0].step, gives, added(reads[0].pad, layer.padding), reads[0].is_positive)
        # A damaged file may have layers that do not fit what they read.
        essence = layer.essence([None if gives is None else wire.axes for wire in reads], gives)
        if essence is None and len(reads) == 1 and not shapes:
            return reads[0]._replace(axes=gives)
        essence = essence or Essence(type(layer).__name__)
        inputs: tuple[int, ...] | None = None
        if len(reads) == 1 and reads[0].pad != NO_PADDING and isinstance(layer, WindowedLayer):
            can_fold = layer.pads_with_zeros or reads[0].is_positive
            folded = padded(essence, reads[0].pad) if can_fold else None
            if folded is not None:
                essence, inputs = folded, (reads[0].step,)
        inputs = self._bare(reads) if inputs is None else inputs
        step = Step(name, essence, inputs, owner if shapes else "", tuple(shapes), layer.commutes)
        return Wire(self._add(rewritten(step, self._steps)), gives, NO_PADDING, is_positive)

    def flow(self, outputs: Sequence[Wire]) -> Flow:
        """The steps on which the outputs depend, and the inputs."""
        ends = self._bare(outputs)
        needed = {*ends, *self._inputs}
        for index in range(len(self._steps) - 1, -1, -1):
            if index in needed:
                needed.update(self._steps[index].inputs)
        place = {index: number for number, index in enumerate(sorted(needed))}
        steps = [
            replace(self._steps[index], inputs=tuple(place[each] for each in self._steps[index].inputs))
            for index in place
        ]
        idle = {step.owner for step in self._steps} - {step.owner for step in steps}
        return Flow(
            tuple(steps),
            tuple(place[each] for each in self._inputs),
            tuple(place[each] for each in ends),
            frozenset(idle),
        )

    def _bare(self, wires: Sequence[Wire]) -> tuple[int, ...]:
        """The steps of values, with a step for zeros around one."""
        found = []
        for wire in wires:
            if wire.pad == NO_PADDING:
                found.append(wire.step)
            else:
                essence = Essence("ZeroPadding2D", (("padding", wire.pad),))
                name = self._steps[wire.step].name
                found.append(self._add(Step(name, essence, (wire.step,))))
        return tuple(found)

    def _add(self, step: Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1


def _gives(layer: Layer, reads: Sequence[Wire]) -> Axes | None:
    """The axes of the layer's value; None if an input's are unknown, or do not fit."""
    axes = [wire.axes for wire in reads if wire.axes is not None]
    if len(axes) < len(reads):
        return None
    try:
        return layer.infer([TensorType(each) for each in axes]).axes
    except (ArchspecError, IndexError, AssertionError, ValueError):
        return None
