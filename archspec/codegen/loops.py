"""Finds what repeats: runs of uses that differ only by a number in their names and by arguments that grow evenly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from archspec.codegen.body import (
    Body,
    Carried,
    Item,
    Loop,
    Number,
    Part,
    Sequence,
    Use,
    map_arguments,
    outline,
    renumbered,
)
from archspec.codegen.calls import Argument, Call

LONGEST_TURN = 3
"""Uses in one turn of a loop; what repeats with a longer period is a block in any spec worth reading."""

Slot = tuple[int, int]
"""A result inside a turn: which use of the turn, and which of its results."""


def roll_loops(body: Body, is_definition: Callable[[str], bool]) -> Body:
    """The body with its repetitions written as loops, and the members of its sequences as copies.

    A loop must earn its line: it covers at least two uses of a definition, or saves two lines.
    """
    uses = [_roll_parts(use, is_definition) for use in body.items if isinstance(use, Use)]
    fresh = 1 + max((number for use in uses for number in use.results), default=body.inputs - 1)
    last_read = {number: index for index, use in enumerate(uses) for number in use.inputs}
    last_read |= dict.fromkeys(body.outputs, len(uses))
    items: list[Item] = []
    start = 0
    while start < len(uses):
        run = _best_run(uses, start, last_read, is_definition)
        if run is None:
            items.append(uses[start])
            start += 1
        else:
            loop, covered = run.roll(fresh)
            fresh += len(run.carried)
            items.append(loop)
            start += covered
    return renumbered(replace(body, items=tuple(items)))


@dataclass(slots=True)
class Run:
    """`count` turns of `period` uses each, from the use at `start`."""

    uses: list[Use]
    start: int
    period: int
    count: int
    carried: dict[Slot, Number]
    constant: set[Number]

    def turn(self, index: int) -> list[Use]:
        """The uses of a turn."""
        begin = self.start + index * self.period
        return self.uses[begin : begin + self.period]

    @property
    def grows(self) -> bool:
        """Whether an argument changes from turn to turn."""
        pairs = zip(self.turn(0), self.turn(1), strict=True)
        return any(argument.step for use, following in pairs for argument in _steps(use, following))

    def roll(self, fresh: Number) -> tuple[Loop, int]:
        """The loop, and how many uses it stands for; numbers from `fresh` on are its own."""
        first_turn, last_turn = self.turn(0), self.turn(self.count - 1)
        inside = {slot: fresh + index for index, slot in enumerate(self.carried)}
        renamed = {self.carried[slot]: number for slot, number in inside.items()}
        pattern = _names(first_turn, self.turn(1))
        assert pattern is not None
        first, names = (0, pattern.counted_from_zero()) if self.grows else (pattern.first, pattern.names)
        rolled = []
        for position, use in enumerate(first_turn):
            stepped = _stepped(use, self.turn(1)[position])
            results = {result for earlier in first_turn[:position] for result in earlier.results}
            inputs = tuple(n if n in results or n in self.constant else renamed[n] for n in use.inputs)
            rolled.append(replace(stepped, name=names[position], inputs=inputs))
        carried = tuple(
            Carried(before, inside[q, r], first_turn[q].results[r], last_turn[q].results[r])
            for (q, r), before in self.carried.items()
        )
        stop = Argument("repeat", first + self.count)
        return Loop(first, stop, tuple(rolled), carried), self.count * self.period


def _best_run(
    uses: list[Use], start: int, last_read: Mapping[Number, int], is_definition: Callable[[str], bool]
) -> Run | None:
    runs = (_run(uses, start, period) for period in range(1, LONGEST_TURN + 1))
    found = [_cut_at_leaks(run, last_read) for run in runs if run]
    worth = [run for run in found if run and _earns_its_line(run, is_definition)]
    return max(worth, key=lambda run: (run.count * run.period, -run.period), default=None)


def _earns_its_line(run: Run, is_definition: Callable[[str], bool]) -> bool:
    if run.count < 2 or not run.carried:
        return False
    if run.grows and run.count < 3:
        return False
    calls_definition = any(isinstance(use.made, Call) and is_definition(use.made.callee) for use in run.turn(0))
    return calls_definition or (run.count - 1) * run.period >= 2


def _run(uses: list[Use], start: int, period: int) -> Run | None:
    """The longest run of this period, or None where not even a second turn fits."""
    turn = uses[start : start + period]
    following = uses[start + period : start + 2 * period]
    if len(following) < period or not _alike(turn, following) or _names(turn, following) is None:
        return None
    wiring = _wiring(turn, following)
    if wiring is None:
        return None
    run = Run(uses, start, period, 2, *wiring)
    while _continues(run):
        run.count += 1
    return run


def _continues(run: Run) -> bool:
    before, last, turn = run.turn(run.count - 2), run.turn(run.count - 1), run.turn(run.count)
    if len(turn) < run.period or not _alike(last, turn) or _names(last, turn, before) is None:
        return False
    if any(_steps(a, b) != _steps(b, c) for a, b, c in zip(before, last, turn, strict=True)):
        return False
    return _wiring(last, turn, run) is not None


def _alike(turn: list[Use], following: list[Use]) -> bool:
    return all(
        _kind(a) == _kind(b) and not (a.kept or a.shares or a.switch) for a, b in zip(turn, following, strict=True)
    )


def _kind(use: Use) -> Use:
    return replace(outline(use), name=None, inputs=(0,) * len(use.inputs), results=(0,) * len(use.results))


def _values(use: Use) -> list[Argument]:
    found: list[Argument] = []

    def note(argument: Argument) -> Argument:
        found.append(argument)
        return argument

    map_arguments(use, note)
    return found


def _steps(use: Use, following: Use) -> list[Argument]:
    """The arguments of a use with the step that leads to the next turn's; a step that is no number is None."""
    return [replace(a, value=None, step=_step(a, b)) for a, b in zip(_values(use), _values(following), strict=True)]


def _step(a: Argument, b: Argument) -> int:
    if type(a.value) is int and type(b.value) is int:
        return b.value - a.value
    return 0


def _stepped(use: Use, following: Use) -> Use:
    steps = iter(_steps(use, following))
    return map_arguments(use, lambda argument: replace(argument, step=next(steps).step))


def _same_but_for_steps(a: Use, b: Use) -> bool:
    return all(
        (x.value == y.value and type(x.value) is type(y.value)) or (type(x.value) is int and type(y.value) is int)
        for x, y in zip(_values(a), _values(b), strict=True)
    )


def _wiring(
    turn: list[Use], following: list[Use], run: Run | None = None
) -> tuple[dict[Slot, Number], set[Number]] | None:
    """What a turn takes over from the one before it and what it reads from outside, if the two are wired alike."""
    if not all(_same_but_for_steps(a, b) for a, b in zip(turn, following, strict=True)):
        return None
    mine = {n: (q, r) for q, use in enumerate(turn) for r, n in enumerate(use.results)}
    theirs = {n: (q, r) for q, use in enumerate(following) for r, n in enumerate(use.results)}
    carried: dict[Slot, Number] = {}
    constant: set[Number] = set()
    for use, other in zip(turn, following, strict=True):
        for a, b in zip(use.inputs, other.inputs, strict=True):
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
    if run and (set(carried) != set(run.carried) or constant != run.constant):
        return None
    return None if constant & set(carried.values()) else (carried, constant)


def _cut_at_leaks(run: Run, last_read: Mapping[Number, int]) -> Run | None:
    """The run up to the first turn of which something else is read than what the next turn takes over."""
    end = run.start + run.count * run.period
    for index in range(run.count):
        for q, use in enumerate(run.turn(index)):
            for r, number in enumerate(use.results):
                if last_read.get(number, -1) >= end and (index < run.count - 1 or (q, r) not in run.carried):
                    if (q, r) not in run.carried:
                        return None
                    return replace(run, count=index + 1)
    return run


_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Names:
    """The names in a turn: (number, what stands before it, what follows), or None where there is no name."""

    patterns: tuple[tuple[int, str, str] | None, ...]

    @property
    def first(self) -> int:
        """Where the count starts: at the names' own number where they are nothing but numbers, else at 0."""
        numbers = {pattern[0] for pattern in self.patterns if pattern}
        plain = all(not pattern[1] or pattern[1].endswith(".") for pattern in self.patterns if pattern)
        return min(numbers) if plain and len(numbers) == 1 else 0

    @property
    def names(self) -> list[str | None]:
        """The names with `{i}` for the number, counted from `first`."""
        return self._counted_from(self.first)

    def counted_from_zero(self) -> list[str | None]:
        """The names with `{i}` for the number, counted from 0."""
        return self._counted_from(0)

    def _counted_from(self, first: int) -> list[str | None]:
        return [p and f"{p[1]}{{i{f' + {p[0] - first}' if p[0] > first else ''}}}{p[2]}" for p in self.patterns]


def _names(turn: list[Use], following: list[Use], before: list[Use] | None = None) -> Names | None:
    """The names of a turn if those of the following one differ from them by one number only."""
    patterns = [_pattern(a.name, b.name) for a, b in zip(turn, following, strict=True)]
    if any(pattern is None and a.name is not None for pattern, a in zip(patterns, turn, strict=True)):
        return None
    if any((a.name is None) != (b.name is None) for a, b in zip(turn, following, strict=True)) or not any(patterns):
        return None
    if before is not None:
        earlier = [_pattern(a.name, b.name) for a, b in zip(before, turn, strict=True)]
        if [p and p[1:] for p in patterns] != [p and p[1:] for p in earlier]:
            return None
    return Names(tuple(patterns))


def _pattern(name: str | None, following: str | None) -> tuple[int, str, str] | None:
    """(number, what stands before it, what follows) where the next name has the number plus one."""
    if name is None or following is None:
        return None
    words, others = _NUMBER.split(name), _NUMBER.split(following)
    if len(words) != len(others):
        return None
    differing = [k for k, (a, b) in enumerate(zip(words, others, strict=True)) if a != b]
    if len(differing) != 1 or differing[0] % 2 == 0 or int(others[differing[0]]) != int(words[differing[0]]) + 1:
        return None
    at = differing[0]
    return int(words[at]), "".join(words[:at]), "".join(words[at + 1 :])


def _roll_parts(use: Use, is_definition: Callable[[str], bool]) -> Use:
    """The use with runs of equal members in its sequence written as copies."""
    if not isinstance(use.made, Sequence):
        return use
    return replace(use, made=_roll_sequence(use.made, is_definition))


def _roll_sequence(sequence: Sequence, is_definition: Callable[[str], bool]) -> Sequence:
    parts: list[Part] = []
    for part in sequence.parts:
        if isinstance(part.made, Sequence):
            part = replace(part, made=_roll_sequence(part.made, is_definition))
        last = parts[-1] if parts else None
        calls_definition = isinstance(part.made, Call) and is_definition(part.made.callee)
        if last and calls_definition and last.made == part.made and part.name.isdigit():
            count = last.copies.value if last.copies and isinstance(last.copies.value, int) else 1
            parts[-1] = replace(last, copies=Argument("repeat", count + 1))
        else:
            parts.append(part)
    return Sequence(tuple(parts))
