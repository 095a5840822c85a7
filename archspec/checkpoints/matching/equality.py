"""Whether two flows are the same function, once it is known which layer has whose weights.

The values in both flows are numbered: values of equal numbers come from the same step of the same values. So this is
exact, and does not depend on how the layers were matched.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from archspec.checkpoints.flow import Flow, Step
from archspec.checkpoints.matching.differences import NO_STEPS, Difference, of_steps


def first_difference(mine: Flow, theirs: Flow, owners: Mapping[str, str], *, in_part: bool) -> Difference | None:
    """The first place in the order of the network where the functions part; None if they are the same.

    `owners` are the second flow's layers with weights, by the first's. With `in_part` the second flow may compute more,
    and then the places of outputs do not matter.
    """
    known: dict[Hashable, int] = {}
    own, other = (
        _Numbered(mine, _numbers(mine, owners, known)),
        _Numbered(theirs, _numbers(theirs, None, known)),
    )
    there = {*other.numbers}
    for index, number in enumerate(own.numbers):
        if number not in there:
            return _parting(own, other, index)
    if in_part or len(mine.outputs) != len(theirs.outputs):
        return None
    for place, (end, other_end) in enumerate(zip(mine.outputs, theirs.outputs, strict=True), start=1):
        if own.numbers[end] != other.numbers[other_end]:
            names = mine.steps[end].name, theirs.steps[other_end].name
            return Difference(*names, f"output {place} is", names[0], own.said(other, other_end))
    return None


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A flow with the numbers of its values."""

    flow: Flow
    numbers: Sequence[int]

    def reads(self, step: Step) -> tuple[int, ...]:
        """The numbers of the values that a step reads."""
        read = [self.numbers[each] for each in step.inputs]
        return tuple(sorted(read) if step.commutes else read)

    def said(self, other: _Numbered, index: int) -> str:
        """The name of the other flow's value: this flow's name if it has this value."""
        number = other.numbers[index]
        flow, place = (self.flow, self.numbers.index(number)) if number in self.numbers else (other.flow, index)
        return flow.steps[place].name


def _numbers(flow: Flow, owners: Mapping[str, str] | None, known: dict[Hashable, int]) -> list[int]:
    """The number of each step's value; `known` are the numbers of both flows."""
    place = {index: number for number, index in enumerate(flow.inputs)}
    found: list[int] = []
    for index, step in enumerate(flow.steps):
        read = [found[each] for each in step.inputs]
        owner = owners.get(step.owner, ("unknown", step.owner)) if owners is not None and step.owner else step.owner
        key = place.get(index), step.essence, owner, tuple(sorted(read) if step.commutes else read)
        found.append(known.setdefault(key, len(known)))
    return found


def _parting(own: _Numbered, other: _Numbered, index: int) -> Difference:
    """The difference at a step that the other flow lacks."""
    step = own.flow.steps[index]
    here = {*own.numbers}
    left = [each for each, number in enumerate(other.numbers) if number not in here]
    found = min(left, key=lambda each: _rank(own, other, step, other.flow.steps[each]), default=None)
    if found is None:
        end = other.flow.steps[other.flow.outputs[0]]
        return Difference(step.name, end.name, "", step.essence.kind, NO_STEPS)
    counterpart = other.flow.steps[found]
    return next(of_steps(step, counterpart), None) or Difference(
        step.name,
        counterpart.name,
        "it reads",
        ", ".join(own.flow.steps[each].name for each in step.inputs),
        ", ".join(own.said(other, each) for each in counterpart.inputs),
    )


def _rank(own: _Numbered, other: _Numbered, step: Step, counterpart: Step) -> tuple[bool, ...]:
    """How much a step has in common with another; the least is the most."""
    read, other_read = own.reads(step), other.reads(counterpart)
    return (
        sorted(map(bool, (step.owner, counterpart.owner))) == [False, True],
        sorted(read) != sorted(other_read),
        step.essence != counterpart.essence,
        not {*read} & {*other_read},
    )
