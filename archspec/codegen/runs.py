"""Finds runs: stretches of uses in which the same few repeat, one turn after the other.

Two turns are alike when their uses are of the same kinds, their names differ by one number, their whole-number
arguments grow by the same steps, and what a turn reads comes from itself, from the turn before, or always from one
place outside. In a run that varies, arguments may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from archspec.codegen.body import Number, Use
from archspec.program.calls import Code, Literal, Missing

LONGEST_TURN = 3
"""Uses in one turn; what repeats with a longer period is a block in any spec worth reading."""

Slot = tuple[int, int]
"""A result inside a turn: which use of the turn, and which of its results."""

Name = tuple[int, str, str] | None
"""A name as its number, what stands before it and what follows; None for a use without a name."""

_NUMBER = re.compile(r"(0|[1-9][0-9]*)")
"""A number as a loop would count it: 00 and 01 are 0 and what counts, 09 and 10 do not count on."""


@dataclass
class Seen:
    """A use with what is compared again and again. What only a likely repetition needs is found when it is asked for.

    `kind` is a number that two uses share if they say the same but for values, names and wiring.
    """

    use: Use
    kind: int

    @cached_property
    def values(self) -> tuple[Literal | Code | Missing, ...]:
        """The values of its arguments."""
        return tuple([argument.value for argument in self.use.arguments])

    @cached_property
    def defaults(self) -> list[object]:
        """The defaults of its arguments, each with its type, because 1 and True are equal."""
        return [(type(argument.default), argument.default) for argument in self.use.arguments]

    @cached_property
    def words(self) -> list[str]:
        """Its name in pieces, every other one a number."""
        return _NUMBER.split(self.use.name) if self.use.name is not None else []

    def is_like(self, other: Seen) -> bool:
        """Whether both could be said by one line of a loop, whatever their names, values and defaults."""
        one, two = self.use, other.use
        told = one.kept or one.shares or one.switch or two.kept or two.shares or two.switch
        return self.kind == other.kind and not told

    def leaves_out_like(self, other: Seen) -> bool:
        """Whether both have the same defaults."""
        return self.use.made is other.use.made or self.defaults == other.defaults

    def steps_to(self, other: Seen) -> tuple[int | None, ...]:
        """By how much each argument grows; None for one that changes without being a whole number."""
        return tuple(map(_step, self.values, other.values))

    def name_before(self, other: Seen) -> tuple[int, Name] | None:
        """By how much the one number that differs in both names grows, and this name in its pieces.

        (0, None) for two uses without names, None for names that no loop can have.
        """
        if self.use.name is None or other.use.name is None:
            return (0, None) if self.use.name is other.use.name else None
        if len(self.words) != len(other.words):
            return None
        differing = [k for k, (a, b) in enumerate(zip(self.words, other.words, strict=True)) if a != b]
        if len(differing) != 1 or differing[0] % 2 == 0:
            return None
        at = differing[0]
        number = int(self.words[at])
        return int(other.words[at]) - number, (number, "".join(self.words[:at]), "".join(self.words[at + 1 :]))


def look_at(uses: list[Use]) -> list[Seen]:
    """The uses, ready to be compared."""
    kinds: dict[Hashable, int] = {}
    seen = []
    for use in uses:
        kind = (use.made and use.made.outline, len(use.inputs), len(use.results))
        seen.append(Seen(use, kinds.setdefault(kind, len(kinds))))
    return seen


@dataclass(slots=True)
class Run:
    """`count` turns of `period` uses, from the use at `start`.

    `stride` is how far the numbers of their names are apart. `carried` are the results that the next turn reads, each
    with what stands in for it in the first turn; `constant` are the values from outside that every turn reads.
    """

    seen: list[Seen]
    start: int
    period: int
    count: int
    names: tuple[Name, ...]
    stride: int
    steps: tuple[tuple[int | None, ...], ...]
    carried: dict[Slot, Number]
    constant: set[Number]

    @property
    def grows(self) -> bool:
        """Whether an argument changes from turn to turn."""
        return any(step for steps in self.steps for step in steps)

    @property
    def end(self) -> int:
        """The index of the first use behind the run."""
        return self.start + self.count * self.period

    def turn(self, index: int) -> list[Seen]:
        """The uses of a turn."""
        begin = self.start + index * self.period
        return self.seen[begin : begin + self.period]


def may_run(seen: list[Seen], start: int, period: int) -> bool:
    """Whether there could be a run of this period from a use on, with other values of arguments."""
    return _Likeness(seen[start : start + period], seen[start + period : start + 2 * period]).is_possible


def find_run(
    seen: list[Seen], start: int, period: int, last_read: Mapping[Number, int], may_be: Callable[[Run], bool]
) -> Run | None:
    """The longest run of this period from a use on; None where not even a second turn fits.

    `last_read` has the index of the last use that reads a value; `may_be` is asked of the first turn, before any others
    are looked for.
    """
    likeness = _Likeness(seen[start : start + period], seen[start + period : start + 2 * period])
    if not (likeness.holds and likeness.grows_evenly) or likeness.wiring is None:
        return None
    run = Run(seen, start, period, 1, likeness.names, likeness.stride, likeness.steps, *likeness.wiring)
    if not may_be(run):
        return None
    following = likeness
    while following.continues(run) and following.steps == run.steps and not _is_last(run, last_read):
        run.count += 1
        following = _Likeness(run.turn(run.count - 1), run.turn(run.count))
    return _cut_at_leaks(run, last_read)


def find_varying_run(seen: list[Seen], start: int, stop: int, last_read: Mapping[Number, int]) -> Run | None:
    """The longest run of single uses between two indices of which any argument may vary."""
    likeness = _Likeness(seen[start : start + 1], seen[start + 1 : start + 2])
    if not likeness.holds or likeness.wiring is None:
        return None
    steps = (tuple([0 for _ in seen[start].values]),)
    run = Run(seen, start, 1, 1, likeness.names, likeness.stride, steps, *likeness.wiring)
    following = likeness
    while run.end < stop and following.continues(run) and not _is_last(run, last_read):
        run.count += 1
        following = _Likeness(run.turn(run.count - 1), run.turn(run.count))
    return _cut_at_leaks(run, last_read)


class _Likeness:
    """How a turn is like the one before it."""

    def __init__(self, turn: list[Seen], following: list[Seen]) -> None:
        self._turn = turn
        self._following = following
        self.names: tuple[Name, ...] = ()
        self.stride = 0
        self._fits = len(following) == len(turn) and all(map(Seen.is_like, turn, following)) and self._names_fit()

    @property
    def is_possible(self) -> bool:
        """Whether the two could be turns of a loop, whatever the values and defaults of their arguments."""
        return self._fits and self.wiring is not None

    @cached_property
    def holds(self) -> bool:
        """Whether both say the same but for the values of arguments and for a number in their names."""
        return self._fits and all(map(Seen.leaves_out_like, self._turn, self._following))

    def _names_fit(self) -> bool:
        named = [a.name_before(b) for a, b in zip(self._turn, self._following, strict=True)]
        self.names = tuple([each and each[1] for each in named])
        strides = {each[0] for each in named if each and each[1]}
        self.stride = strides.pop() if len(strides) == 1 else 0
        return None not in named and self.stride > 0

    @cached_property
    def steps(self) -> tuple[tuple[int | None, ...], ...]:
        """By how much each argument of each use grows."""
        return tuple([a.steps_to(b) for a, b in zip(self._turn, self._following, strict=True)])

    @property
    def grows_evenly(self) -> bool:
        """Whether every argument stays what it is or grows by a whole number."""
        return all(step is not None for steps in self.steps for step in steps)

    def continues(self, run: Run) -> bool:
        """Whether the run goes on in the same way, whatever the arguments."""
        return (
            self.holds
            and self.stride == run.stride
            and [name and name[1:] for name in self.names] == [name and name[1:] for name in run.names]
            and self.wiring is not None
            and (self.wiring[0].keys(), self.wiring[1]) == (run.carried.keys(), run.constant)
        )

    @cached_property
    def wiring(self) -> tuple[dict[Slot, Number], set[Number]] | None:
        """What a turn takes over from the one before and what it reads from outside, if the two are wired alike."""
        mine, theirs = _slots(self._turn), _slots(self._following)
        carried: dict[Slot, Number] = {}
        constant: set[Number] = set()
        for one, other in zip(self._turn, self._following, strict=True):
            for a, b in zip(one.use.inputs, other.use.inputs, strict=True):
                if a in mine or b in theirs:
                    if mine.get(a) != theirs.get(b):
                        return None
                elif b in mine:
                    if carried.setdefault(mine[b], a) != a:
                        return None
                elif a == b:
                    constant.add(a)
                else:
                    return None
        before = set(carried.values())
        return None if constant & before or len(before) < len(carried) else (carried, constant)


def _slots(turn: list[Seen]) -> dict[Number, Slot]:
    return {number: (q, r) for q, each in enumerate(turn) for r, number in enumerate(each.use.results)}


def _step(a: Literal | Code | Missing, b: Literal | Code | Missing) -> int | None:
    if type(a) is int and type(b) is int:
        return b - a
    return 0 if type(a) is type(b) and a == b else None


def _is_last(run: Run, last_read: Mapping[Number, int]) -> bool:
    """Whether a result of the last turn is read behind the next one, so that the run ends with it at the latest.

    To go on would take the square of the time: each use begins a run.
    """
    last = run.turn(run.count - 1)
    behind = run.end + run.period
    return any(last_read.get(number, -1) >= behind for each in last for number in each.use.results)


def _cut_at_leaks(run: Run, last_read: Mapping[Number, int]) -> Run | None:
    """The run up to the first turn of which something else is read than what the next turn takes over."""
    for index in range(run.count):
        for q, each in enumerate(run.turn(index)):
            for r, number in enumerate(each.use.results):
                if last_read.get(number, -1) >= run.end and (q, r) not in run.carried:
                    return None
                if last_read.get(number, -1) >= run.end and index < run.count - 1:
                    return replace(run, count=index + 1)
    return run
