"""Writes what repeats as loops, and the equal members of a sequence as copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from archspec.codegen.body import Body, Carried, Item, Loop, Number, Part, Sequence, Use, map_arguments, renumbered
from archspec.codegen.calls import Argument, Call
from archspec.codegen.runs import LONGEST_TURN, Name, Run, Seen, find_run, look_at

IsDefinition = Callable[[str], bool]

SAVED_USES = 4
"""Uses that a loop over plain layers has to save to be worth its line."""


def roll_loops(body: Body, is_definition: IsDefinition) -> Body:
    """The body with its repetitions written as loops.

    A loop must earn its line: it calls a definition, or saves some uses.
    """
    uses = [item for item in body.items if isinstance(item, Use)]
    seen = look_at(uses)
    last_read = {number: index for index, use in enumerate(uses) for number in use.inputs}
    last_read |= dict.fromkeys(body.outputs, len(uses))
    fresh = 1 + max((number for use in uses for number in use.results), default=body.inputs - 1)
    items: list[Item] = []
    start = 0
    while start < len(uses):
        run = _best_run(seen, start, last_read, is_definition)
        if run is None:
            items.append(uses[start])
            start += 1
        else:
            items.append(_loop(run, fresh))
            fresh += len(run.carried)
            start = run.end
    return renumbered(replace(body, items=tuple(items)))


def roll_sequences(body: Body, is_definition: IsDefinition) -> Body:
    """The body with runs of equal members in its sequences written as copies."""
    items = [
        replace(item, made=_rolled(item.made, is_definition))
        if isinstance(item, Use) and isinstance(item.made, Sequence)
        else item
        for item in body.items
    ]
    return replace(body, items=tuple(items))


def _best_run(seen: list[Seen], start: int, last_read: Mapping[Number, int], is_definition: IsDefinition) -> Run | None:
    """The run from here on that covers the most uses, the shortest turn of it."""
    runs = (find_run(seen, start, period, last_read) for period in range(1, LONGEST_TURN + 1))
    worth = [run for run in runs if run and _earns_its_line(run, is_definition)]
    return max(worth, key=lambda run: (run.count * run.period, -run.period), default=None)


def _earns_its_line(run: Run, is_definition: IsDefinition) -> bool:
    # Two values always lie on a line: growth takes three turns to be believed.
    if run.count < (3 if run.grows else 2) or not run.carried:
        return False
    calls = (each.use.made for each in run.turn(0))
    return any(isinstance(made, Call) and is_definition(made.callee) for made in calls) or (
        (run.count - 1) * run.period >= SAVED_USES
    )


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
        uses.append(replace(_stepped(each.use, steps), name=_pattern(name, first), inputs=inputs))
    carried = tuple(
        Carried(before, inside[q, r], turn[q].use.results[r], last[q].use.results[r])
        for (q, r), before in run.carried.items()
    )
    return Loop(first, Argument("repeat", first + run.count), tuple(uses), carried)


def _stepped(use: Use, steps: tuple[int | None, ...]) -> Use:
    left = iter(steps)
    return map_arguments(use, lambda argument: replace(argument, step=next(left) or 0))


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
            part = replace(part, made=_rolled(part.made, is_definition))
        last = parts[-1] if parts else None
        calls_definition = isinstance(part.made, Call) and is_definition(part.made.callee)
        if last and calls_definition and last.made == part.made and part.name.isdigit():
            count = last.copies.value if last.copies and isinstance(last.copies.value, int) else 1
            parts[-1] = replace(last, copies=Argument("repeat", count + 1))
        else:
            parts.append(part)
    return Sequence(tuple(parts))
