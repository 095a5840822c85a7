"""Runs as loops, and parts that differ in one number as the copies of a comprehension."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archspec.codegen.body import Carried, Loop, Number, Part, Use
from archspec.codegen.parameters import Parameter, vary
from archspec.codegen.runs import Name, Run
from archspec.program.calls import Argument, Call, Literal, Table

IsDefinition = Callable[[str], bool]

Tabulate = Callable[[Iterable[Literal]], Table]
"""Makes the table of what a variable is in each turn."""

LEAST_VARYING = 4
"""Turns that a loop must have in which a number is another each time: three calls read as well."""

LEAST_IN_DEFINITIONS = 3
"""The same where the loop is what makes one definition of several."""


def loop_of(run: Run, fresh: Number) -> Loop:
    """The loop that says a run; numbers from `fresh` on are its own."""
    turn, last = run.turn(0), run.turn(run.count - 1)
    inside = {slot: fresh + index for index, slot in enumerate(run.carried)}
    renamed = {run.carried[slot]: number for slot, number in inside.items()}
    own = {number for each in turn for number in each.use.results}
    # A value that grows is written for i = 0; otherwise the count may start where the names' numbers do.
    first = 0 if run.grows else _first(run)
    uses = []
    for each, name, steps in zip(turn, run.names, run.steps, strict=True):
        inputs = tuple(number if number in own else renamed.get(number, number) for number in each.use.inputs)
        uses.append(_stepped(each.use, steps)._replace(name=_pattern(name, first), inputs=inputs))
    carried = tuple(
        Carried(before, inside[q, r], turn[q].use.results[r], last[q].use.results[r])
        for (q, r), before in run.carried.items()
    )
    return Loop(first, Argument("repeat", first + run.count * run.stride), tuple(uses), carried, stride=run.stride)


def _stepped(use: Use, steps: tuple[int | None, ...]) -> Use:
    pairs = zip(use.arguments, steps, strict=True)
    return use.with_arguments(argument._replace(step=step or 0) for argument, step in pairs)


def _first(run: Run) -> int:
    """Where the count starts: at the names' number where that is a word of its own, else at 0."""
    numbers = {name[0] for name in run.names if name}
    words = all(not name[1] or name[1].endswith(".") for name in run.names if name)
    return min(numbers) if words and (len(numbers) == 1 or run.stride > 1) else 0


def _pattern(name: Name, first: int) -> str | None:
    """The name with `{i}` in the place of its number."""
    if name is None:
        return None
    number, before, after = name
    return f"{before}{{i{f' + {number - first}' if number > first else ''}}}{after}"


@dataclass(frozen=True, slots=True)
class Varying:
    """Says once what differs from turn to turn in a single number, of which there is a table then.

    `taken` has the names that no variable may have; `least` is how many turns are worth it.
    """

    taken: Callable[[], frozenset[str]]
    table: Tabulate
    least: int = LEAST_VARYING

    def begin(self, run: Run) -> int:
        """From which use of a run of single uses on one number is all that varies, or else too few are left.

        What varies in a run varies in a longer one, so that few uses have to be tried: all would take the square of the
        time.
        """
        turns = _arguments(run)
        starts = range(run.count - self.least + 1)
        return run.start + bisect_left(starts, True, key=lambda first: self._said(turns[first:]) is not None)

    def loop(self, run: Run, fresh: Number) -> Loop | None:
        """The loop for a run of single uses, if one number is all that varies in it."""
        said = self._said(_arguments(run))
        if run.count < self.least or said is None:
            return None
        arguments, variable = said
        loop = loop_of(run, fresh)
        (use,) = loop.uses
        return loop._replace(turns=self._turns(variable), uses=(use.with_arguments(arguments),), variable=variable.name)

    def parts(self, parts: list[Part], is_definition: IsDefinition) -> list[Part]:
        """The parts, those in a row that call one definition and differ in one number as copies."""
        found: list[Part] = []
        rest = deque(parts)
        while rest:
            alike = [rest.popleft()]
            while rest and _may_be_copies(alike[0], rest[0], is_definition):
                alike.append(rest.popleft())
            found += self._copies(alike)
        return found

    def _copies(self, alike: list[Part]) -> list[Part]:
        said = self._said([part.arguments for part in alike]) if len(alike) >= self.least else None
        if said is None:
            return alike
        arguments, variable = said
        made = alike[0].made.with_arguments(arguments)
        return [Part(alike[0].name, made, self._turns(variable), variable.name)]

    def _turns(self, variable: Parameter) -> Argument:
        plural = variable.name if variable.name.endswith("s") else f"{variable.name}s"
        return Argument(
            f"all_{plural}" if plural == variable.name else plural, self.table(map(_number, variable.values))
        )

    def _said(self, turns: list[tuple[Argument, ...]]) -> tuple[list[Argument], Parameter] | None:
        """Arguments for all the turns, and the one number that varies in them; None if something else does too."""
        arguments, parameters = vary(zip(*turns, strict=True), self.taken())
        if len(parameters) != 1 or not all(type(value) in {int, float} for value in parameters[0].values):
            return None
        return arguments, parameters[0]


def _arguments(run: Run) -> list[tuple[Argument, ...]]:
    return [run.turn(index)[0].use.arguments for index in range(run.count)]


def _number(value: object) -> int | float:
    assert isinstance(value, int | float)
    return value


def _may_be_copies(part: Part, other: Part, is_definition: IsDefinition) -> bool:
    calls_definition = isinstance(part.made, Call) and is_definition(part.made.callee)
    alike = part.made.outline == other.made.outline and part.copies is None is other.copies
    return calls_definition and alike and part.name.isdigit() and other.name.isdigit()
