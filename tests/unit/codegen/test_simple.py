"""Statements that are broken without being read are broken as those that are read."""

from __future__ import annotations

import pytest

from archspec.codegen import layout as whole
from archspec.codegen.simple import simply_broken
from tests.marks import slow_but
from tests.unit.program.statements import StatementMaker


@pytest.mark.parametrize("seed", slow_but([0], range(3)))
def test_the_short_way_and_the_long_way_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = StatementMaker(seed)
    made = [(maker.statement() if number % 4 else maker.definition(), 4 * (number % 5)) for number in range(1000)]
    short = [simply_broken(statement, indent) for statement, indent in made]
    monkeypatch.setattr(whole, "simply_broken", lambda statement, indent: None)
    long = [whole.layout(statement, indent) for statement, indent in made]
    compared = [
        (lines, expected)
        for (statement, indent), lines, expected in zip(made, short, long, strict=True)
        if lines is not None and expected != [" " * indent + statement]
    ]
    assert len(compared) > 100
    assert all(lines == expected for lines, expected in compared)


@pytest.mark.parametrize(
    "statement",
    ["x = a + f(b)", "x = f(b)[0]", "x = f(b).g(c)(d)", "x = f()", "x = [f(b)]", "del x", "return f(lambda: 1, *b"],
)
def test_what_is_not_one_call_is_left_alone(statement: str) -> None:
    assert simply_broken(statement, 4) is None
