"""Writes what repeats as loops, and the equal members of a sequence as copies."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import cached_property

from archspec.codegen.body import Body, Item, Part, Sequence, Use, renumbered
from archspec.codegen.runs import LONGEST_TURN, Run, find_run, find_varying_run, look_at, may_run
from archspec.codegen.turns import LEAST_IN_DEFINITIONS, IsDefinition, Varying, loop_of
from archspec.program.calls import Argument, Call

SAVED_USES = 4
"""Uses that a loop over plain layers has to save to be worth its line."""


class Repetitions:
    """Says once what repeats in bodies: runs of uses as loops, and the equal members of a sequence as copies.

    A loop must earn its line: it calls a definition, or saves some uses.
    """

    def __init__(self, is_definition: IsDefinition, varying: Varying) -> None:
        self._is_definition = is_definition
        self._varying = varying
        self._plain: set[Hashable] = set()

    @cached_property
    def shorter(self) -> Repetitions:
        """The same, but fewer turns of what varies are worth a loop."""
        found = Repetitions(self._is_definition, replace(self._varying, least=LEAST_IN_DEFINITIONS))
        found._plain = self._plain
        return found

    def rolled(self, body: Body) -> Body:
        """The body with its repetitions said once."""
        if body.outline in self._plain:
            return body
        copied = self.with_copies(body)
        finder = _Finder(copied, self._is_definition)
        if finder.starts:
            return _rolled_body(copied, finder, self._varying)
        if copied is body:
            # Nor will anything repeat in another use of the block, whatever its arguments.
            self._plain.add(body.outline)
        return copied

    def with_copies(self, body: Body) -> Body:
        """The body with runs of equal members in its sequences said once, but no loops."""
        if not any(isinstance(item, Use) and isinstance(item.made, Sequence) for item in body.items):
            return body
        items = [
            item._replace(made=self._rolled(item.made))
            if isinstance(item, Use) and isinstance(item.made, Sequence)
            else item
            for item in body.items
        ]
        return Body(body.inputs, tuple(items), body.outputs)

    def _rolled(self, sequence: Sequence) -> Sequence:
        parts = [
            part._replace(made=self._rolled(part.made)) if isinstance(part.made, Sequence) else part
            for part in sequence.parts
        ]
        return Sequence(tuple(self._varying.parts(_with_copies(parts, self._is_definition), self._is_definition)))


def _rolled_body(body: Body, finder: _Finder, varying: Varying) -> Body:
    fresh = 1 + max((number for use in finder.uses for number in use.results), default=body.inputs - 1)
    items: list[Item] = []
    start = varies = 0
    while start < len(finder.uses):
        run = finder.best_run(start)
        loop = loop_of(run, fresh) if run else None
        if run is None and start >= varies and (run := finder.varying_run(start, varying.least)):
            loop = varying.loop(run, fresh)
            varies = run.end if loop else varying.begin(run)
        if run is None or loop is None:
            items.append(finder.uses[start])
            start += 1
        else:
            items.append(loop)
            fresh += len(run.carried)
            start = run.end
    return renumbered(Body(body.inputs, tuple(items), body.outputs)) if len(items) < len(finder.uses) else body


class _Finder:
    """Finds the runs of a body that are worth a loop.

    `starts` has the periods with which the uses' kinds repeat often enough from a use on, by its index: all others
    need not be looked at any closer.
    """

    def __init__(self, body: Body, is_definition: IsDefinition) -> None:
        self.uses = [item for item in body.items if isinstance(item, Use)]
        self._seen = look_at(self.uses)
        self._defined = [isinstance(use.made, Call) and is_definition(use.made.callee) for use in self.uses]
        self._last_read = {number: index for index, use in enumerate(self.uses) for number in use.inputs}
        self._last_read |= dict.fromkeys(body.outputs, len(self.uses))
        self.starts = self._likely_starts()
        self._best: dict[int, Run | None] = {}
        self._next_best = 0

    def _likely_starts(self) -> dict[int, list[int]]:
        kinds = [each.kind for each in self._seen]
        found: dict[int, list[int]] = {}
        for period in range(1, LONGEST_TURN + 1):
            for start in range(len(kinds) - 2 * period + 1):
                if kinds[start] == kinds[start + period]:
                    end = start + period * self._least_turns(start, period)
                    # What repeats with a period is equal to itself moved by that period.
                    repeats = end <= len(kinds) and kinds[start + period : end] == kinds[start : end - period]
                    if repeats and may_run(self._seen, start, period):
                        found.setdefault(start, []).append(period)
        return found

    def best_run(self, start: int) -> Run | None:
        """The run from here on that covers the most uses, the shortest turn of it."""
        if start not in self._best:
            runs = [
                find_run(self._seen, start, period, self._last_read, self._may_be_loop)
                for period in self.starts.get(start, ())
            ]
            worth = [run for run in runs if run and self._earns_its_line(run)]
            self._best[start] = max(worth, key=lambda run: (run.count * run.period, -run.period), default=None)
        return self._best[start]

    def varying_run(self, start: int, least: int) -> Run | None:
        """The run of at least so many calls of one definition from here on, up to where a better run begins."""
        alike = self._seen[start : start + least]
        if not self._defined[start] or len(alike) < least or any(each.kind != alike[0].kind for each in alike):
            return None
        if self._next_best <= start:
            self._next_best = next((k for k in range(start + 1, len(self.uses)) if self.best_run(k)), len(self.uses))
        stop = self._next_best
        run = find_varying_run(self._seen, start, stop, self._last_read) if stop - start >= least else None
        return run if run and run.count >= least and run.carried and run.stride == 1 else None

    def _may_be_loop(self, run: Run) -> bool:
        # Positions that are far apart are for a chain of layers such as VGG's.
        return run.stride == 1 or not (run.grows or any(self._defined[run.start : run.start + run.period]))

    def _earns_its_line(self, run: Run) -> bool:
        # Two values always lie on a line: growth takes three turns to be believed.
        least = max(self._least_turns(run.start, run.period), 3 if run.grows else 2)
        return run.count >= least and bool(run.carried)

    def _least_turns(self, start: int, period: int) -> int:
        """How many turns a loop must have: two if it calls a definition, else as many as save enough uses."""
        return 2 if any(self._defined[start : start + period]) else 1 - -SAVED_USES // period


def _with_copies(parts: list[Part], is_definition: IsDefinition) -> list[Part]:
    """The parts, equal ones in a row that call a definition as the copies of one."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        calls_definition = isinstance(part.made, Call) and is_definition(part.made.callee)
        more = _one_more(last, part.name) if last and calls_definition and last.made == part.made else None
        if more is not None:
            found[-1] = more
        else:
            found.append(part)
    return found


def _one_more(last: Part, name: str) -> Part | None:
    """A part that has one copy more, of this name; None if it is not the name that follows."""
    copies = last.copies.value if last.copies and isinstance(last.copies.value, int) else 0
    if name.isdigit():
        return last._replace(copies=Argument("repeat", max(copies, 1) + 1))
    stem = name.rstrip("0123456789")
    if name.isidentifier() or stem == name:
        return None
    number = int(name.removeprefix(stem))
    if name != f"{stem}{number}":  # no count gives the zero in 09
        return None
    if copies:
        return last._replace(copies=Argument("repeat", number + 1)) if copies == number else None
    return (
        last._replace(name=f"{stem}{{i}}", copies=Argument("repeat", number + 1), first=number - 1)
        if last.name == f"{stem}{number - 1}"
        else None
    )
