"""Gives uses of one family, in which something repeats more or less often, the form of the one where it does so most.

A loop says three turns of it, or one, or none; whether it is worth a line was decided where there are most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from archspec.codegen.body import Body, Loop, Number, Part, Sequence, Use
from archspec.codegen.parameters import same
from archspec.codegen.turns import Tabulate
from archspec.program.calls import MISSING, Argument, Code, Literal, Missing, Table


def with_equal_loops(
    flat: list[Body], rolled: list[Body], rolls: Callable[[Body], Body], table: Tabulate
) -> list[Body]:
    """The rolled bodies, those of different outlines in one form with a table of turns where such a form says several.

    `flat` are the same bodies before anything was rolled; `rolls` writes loops of few turns too.
    """
    found = {id(plain): body for plain, body in zip(flat, rolled, strict=True)}
    if len({body.outline for body in found.values()}) == 1:
        return rolled
    distinct = {id(plain): plain for plain in flat}
    forms = [form for form in map(rolls, distinct.values()) if form.variables]
    for form in sorted(forms, key=_turns, reverse=True):
        said = {key: body for key, plain in distinct.items() if (body := _said(form, plain, table))}
        if len({found[key].outline for key in said}) > 1:
            found |= said
            distinct = {key: plain for key, plain in distinct.items() if key not in said}
    return [found[id(plain)] for plain in flat]


def _turns(body: Body) -> int:
    """How many turns its tables have."""
    tables = (argument.value for argument in body.arguments)
    return sum(len(value.values) for value in tables if isinstance(value, Table))


def _said(form: Body, plain: Body, table: Tabulate) -> Body | None:
    """A plain body in a form; None if the form cannot say it."""
    try:
        return form.with_arguments(_Reading(form, plain, table).arguments())
    except _Differs:
        return None


class _Differs(Exception):
    """A body cannot be said in a form."""


def _need(holds: bool) -> None:
    if not holds:
        raise _Differs


class _Reading:
    """Reads a plain body as one of a form: which of its values stand for the form's, and what its arguments are."""

    def __init__(self, form: Body, plain: Body, table: Tabulate) -> None:
        _need(form.inputs == plain.inputs)
        self._form = form
        self._plain = plain
        self._left = list(plain.uses)
        self._numbers = {number: number for number in range(form.inputs)}
        self._table = table

    def arguments(self) -> list[Argument]:
        """The arguments that the form has for this body."""
        found: list[Argument] = []
        for item in self._form.items:
            found += self._loop(item) if isinstance(item, Loop) else self._use(item)
        outputs = tuple(self._numbers[number] for number in self._form.outputs)
        _need(not self._left and outputs == self._plain.outputs)
        return found

    def _use(self, use: Use) -> list[Argument]:
        _need(bool(self._left))
        own = self._left.pop(0)
        _need((own.name, own.shares, own.kept) == (use.name, use.shares, use.kept) and self._reads(own, use, {}))
        _need(len(own.results) == len(use.results))
        self._numbers.update(zip(use.results, own.results, strict=True))
        if isinstance(use.made, Sequence) and isinstance(own.made, Sequence):
            return self._sequence(use.made, own.made)
        _need((use.made and use.made.outline) == (own.made and own.made.outline))
        return list(own.arguments)

    def _reads(self, own: Use, use: Use, carried: dict[Number, Number]) -> bool:
        return list(own.inputs) == [carried.get(number, self._numbers.get(number)) for number in use.inputs]

    def _loop(self, loop: Loop) -> list[Argument]:
        _need(bool(loop.variable))
        (use,) = loop.uses
        carried = {each.inside: self._numbers[each.before] for each in loop.carried}
        turns: list[Use] = []
        while self._left and self._is_turn(self._left[0], use, loop.first + len(turns), carried):
            turns.append(self._left.pop(0))
            results = dict(zip(use.results, turns[-1].results, strict=True))
            carried = {each.inside: results[each.turned] for each in loop.carried}
        self._numbers.update({each.after: carried[each.inside] for each in loop.carried})
        arguments, copies = self._tabulated(use.arguments, [turn.arguments for turn in turns], loop.variable)
        return [loop.turns.with_value(copies), *arguments]

    def _is_turn(self, own: Use, use: Use, i: int, carried: dict[Number, Number]) -> bool:
        named = own.name == (use.name or "").replace("{i}", str(i))
        alike = use.made is not None and own.made is not None and own.made.outline == use.made.outline
        return named and alike and len(own.results) == len(use.results) and self._reads(own, use, carried)

    def _sequence(self, form: Sequence, plain: Sequence) -> list[Argument]:
        found: list[Argument] = []
        left = list(plain.parts)
        position = 0
        for part in form.parts:
            turns: list[Part] = []
            while left and left[0].made.outline == part.made.outline and (part.copies or not turns):
                turns.append(left.pop(0))
            arguments, copies = self._tabulated(part.made.arguments, [turn.arguments for turn in turns], part.variable)
            if part.copies is None:
                _need([turn.name for turn in turns] == [part.name])
                found += arguments
            else:
                _need(bool(part.variable or turns) and part.name.isdigit())
                # Copies have no names but their positions.
                _need([turn.name for turn in turns] == [str(position + k) for k in range(len(turns))])
                found += [*arguments, part.copies.with_value(copies if part.variable else len(turns))]
            position += len(turns)
        _need(not left)
        return found

    def _tabulated(
        self, said: tuple[Argument, ...], turns: list[tuple[Argument, ...]], variable: str
    ) -> tuple[list[Argument], Table]:
        """The arguments that say all the turns, and the table of the variable in them."""
        tables: list[tuple[Literal | Code | Missing, ...]] = []
        arguments: list[Argument] = []
        for index, argument in enumerate(said):
            values = tuple(turn[index].value for turn in turns)
            if isinstance(argument.value, Code):
                _need(argument.value.text == variable)
                tables.append(values)
                arguments.append(argument)
            else:
                _need(all(same(value, values[0]) for value in values))
                arguments.append(turns[0][index] if turns else argument.with_value(MISSING))
        _need(all(values == tables[0] for values in tables))
        return arguments, self._table(map(_literal, tables[0] if tables else ()))


def _literal(value: Literal | Code | Missing) -> Literal:
    _need(not isinstance(value, Code | Missing))
    return cast(Literal, value)
