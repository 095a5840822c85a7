"""Functions that people write in several steps, and others as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from archspec.checkpoints.flow.steps import Step
from archspec.ir import Essence

_GATED = {"HardSigmoid": "HardSiLU", "Sigmoid": "SiLU"}
"""What `x * f(x)` is, by f."""

_THREE, _SIXTH = 3.0, 1 / 6


def rewritten(step: Step, before: Sequence[Step]) -> Step:
    """The step as one, if it is the last of several that others write as one; `before` are those so far."""
    if (found := _hard_sigmoid(step, before)) is not None:
        return found
    if step.essence.kind == "Multiply" and len(step.inputs) == 2:
        for value, gate in (step.inputs, step.inputs[::-1]):
            kind = _GATED.get(before[gate].essence.kind)
            if kind is not None and before[gate].inputs == (value,):
                return replace(step, essence=Essence(kind), inputs=(value,), commutes=False)
    return step


def _hard_sigmoid(step: Step, before: Sequence[Step]) -> Step | None:
    """`relu6(x + 3) / 6` as one step; None if the step is not the end of that."""
    if not _is_affine(step, _SIXTH, 0.0):
        return None
    clipped = before[step.inputs[0]]
    if clipped.essence.kind != "ReLU6" or not _is_affine(before[clipped.inputs[0]], 1.0, _THREE):
        return None
    return replace(step, essence=Essence("HardSigmoid"), inputs=before[clipped.inputs[0]].inputs)


def _is_affine(step: Step, scale: float, offset: float) -> bool:
    found = dict(step.essence.attributes)
    return (
        step.essence.kind == "Rescaling"
        and _is_near(found.get("scale"), scale)
        and _is_near(found.get("offset"), offset)
    )


def _is_near(value: object, wanted: float) -> bool:
    return isinstance(value, int | float) and math.isclose(value, wanted, rel_tol=1e-7)
