"""Writes what repeats as loops, and the equal members of a sequence as copies."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from archspec.codegen.body import Body, Carried, Item, Loop, Number, Part, Sequence, Use, renumbered
from archspec.codegen.calls import Argument, Call
from archspec.codegen.runs import LONGEST_TURN, Name, Run, find_run, look_at

IsDefinition = Callable[[str], bool]

SAVED_USES = 4
"""Uses that a loop over plain layers has to save to be worth its line."""


class Repetitions:
    """Says once what repeats in bodies: runs of uses as loops, and the equal members of a sequence as copies.

    A loop must earn its line: it calls a definition, or saves some uses.
    """

    def __init__(self, is_definition: IsDefinition) -> None:
        self._is_definition = is_definition
        self._plain: set[Hashable] = set()

    def rolled(self, body: Body) -> Body:
        """The body with its repetitions said once."""
        if body.outline in self._plain:
            return body
        copied = self.with_copies(body)
        finder = _Finder(copied, self._is_definition)
        if finder.starts:
            return _rolled_body(copied, finder)
        if copied is body:
            # Nor will anything repeat in another use of the block, whatever its arguments.
            self._plain.add(body.outline)
        return copied

    def with_copies(self, body: Body) -> Body:
        """The body with runs of equal members in its sequences said once, but no loops."""
        if not any(isinstance(item, Use) and isinstance(item.made, Sequence) for item in body.items):
            return body
        items = [
            item._replace(made=_rolled(item.made, self._is_definition))
            if isinstance(item, Use) and isinstance(item.made, Sequence)
            else item
            for item in body.items
        ]
        return Body(body.inputs, tuple(items), body.outputs)


def _rolled_body(body: Body, finder: _Finder) -> Body:
    fresh = 1 + max((number for use in finder.uses for number in use.results), default=body.inputs - 1)
    items: list[Item] = []
    start = 0
    while start < len(finder.uses):
        run = finder.best_run(start)
        if run is None:
            items.append(finder.uses[start])
            start += 1
        else:
            items.append(_loop(run, fresh))
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

    def _likely_starts(self) -> dict[int, list[int]]:
        kinds = [each.kind for each in self._seen]
        found: dict[int, list[int]] = {}
        for period in range(1, LONGEST_TURN + 1):
            for start in range(len(kinds) - 2 * period + 1):
                if kinds[start] == kinds[start + period]:
                    end = start + period * self._least_turns(start, period)
                    # What repeats with a period is equal to itself moved by that period.
                    if end <= len(kinds) and kinds[start + period : end] == kinds[start : end - period]:
                        found.setdefault(start, []).append(period)
        return found

    def best_run(self, start: int) -> Run | None:
        """The run from here on that covers the most uses, the shortest turn of it."""
        runs = [find_run(self._seen, start, period, self._last_read) for period in self.starts.get(start, ())]
        worth = [run for run in runs if run and self._earns_its_line(run)]
        return max(worth, key=lambda run: (run.count * run.period, -run.period), default=None)

    def _earns_its_line(self, run: Run) -> bool:
        # Two values always lie on a line: growth takes three turns to be believed.
        least = max(self._least_turns(run.start, run.period), 3 if run.grows else 2)
        return run.count >= least and bool(run.carried)

    def _least_turns(self, start: int, period: int) -> int:
        """How many turns a loop must have: two if it calls a definition, else as many as save enough uses."""
        return 2 if any(self._defined[start : start + period]) else 1 - -SAVED_USES // period


def _loop(run: Run, fresh: Number) -> Loop:
    """The loop that says a run; numbers from `fresh` on are its own."""
    turn, last = run.turn(0), run.turn(run.count - 1)
    inside = {slot: fresh + index for index, slot in enumerate(run.carried)}
    renamed = {run.carried[slot]: number for slot, number in inside.items()}
    own = {number for each in turn for number in each.use.results}
    # A value that grows is written for i = 0; otherwise the count may start where the names' numbers do.
    first = 0 if run.grows else _first(run.names)
    uses = []
    for each, name, steps in zip(turn, run.names, run.steps, strict=True):
        inputs = tuple(number if number in own else renamed.get(number, number) for number in each.use.inputs)
        uses.append(_stepped(each.use, steps)._replace(name=_pattern(name, first), inputs=inputs))
    carried = tuple(
        Carried(before, inside[q, r], turn[q].use.results[r], last[q].use.results[r])
        for (q, r), before in run.carried.items()
    )
    return Loop(first, Argument("repeat", first + run.count), tuple(uses), carried)


def _stepped(use: Use, steps: tuple[int | None, ...]) -> Use:
    pairs = zip(use.arguments, steps, strict=True)
    return use.with_arguments(argument._replace(step=step or 0) for argument, step in pairs)


def _first(names: tuple[Name, ...]) -> int:
    """Where the count starts: at the names' number where that is a word of its own, else at 0."""
    numbers = {name[0] for name in names if name}
    words = all(not name[1] or name[1].endswith(".") for name in names if name)
    return min(numbers) if words and len(numbers) == 1 else 0


def _pattern(name: Name, first: int) -> str | None:
    """The name with `{i}` in the place of its number."""
    if name is None:
        return None
    number, before, after = name
    return f"{before}{{i{f' + {number - first}' if number > first else ''}}}{after}"


def _rolled(sequence: Sequence, is_definition: IsDefinition) -> Sequence:
    parts: list[Part] = []
    for part in sequence.parts:
        if isinstance(part.made, Sequence):
            part = part._replace(made=_rolled(part.made, is_definition))
        last = parts[-1] if parts else None
        calls_definition = isinstance(part.made, Call) and is_definition(part.made.callee)
        if last and calls_definition and last.made == part.made and part.name.isdigit():
            count = last.copies.value if last.copies and isinstance(last.copies.value, int) else 1
            parts[-1] = last._replace(copies=Argument("repeat", count + 1))
        else:
            parts.append(part)
    return Sequence(tuple(parts))
