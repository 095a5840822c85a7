"""Generated statements are broken over lines as the formatter leaves them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable

import pytest

from archspec.codegen.layout import layout
from tests.marks import slow_but
from tests.patience import soon
from tests.unit.program.statements import StatementMaker

LINE_WIDTH = 88


def formatted(source: str) -> str:
    """What `ruff format` makes of the source with its default settings."""
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


def function(statement: str, lines: list[str], depth: int = 0) -> str:
    """A function with the statement in it, inside as many `if`s as `depth` says."""
    around = ["def function():", *("    " * level + "if x:" for level in range(1, depth + 1))]
    body = ["    " * (depth + 2) + "pass"] if statement.endswith(":") else []
    return "\n".join([*around, *lines, *body]) + "\n"


@pytest.mark.parametrize("seed", slow_but([0], range(3)))
def test_the_formatter_changes_nothing(seed: int) -> None:
    maker = StatementMaker(seed)
    made = []
    for number in range(250):
        statement, depth = maker.statement(), number % 4
        made.append(function(statement, layout(statement, 4 * (depth + 1)), depth))
    made += ["\n".join([*layout(maker.definition(), 0), "    pass\n"]) for _ in range(50)]
    source = "\n\n".join(made)
    assert formatted(source) == source


def test_the_meaning_is_kept() -> None:
    maker = StatementMaker(7)
    for _ in range(250):
        statement = maker.statement()
        one_line = function(statement, [f"    {statement}"])
        assert ast.dump(ast.parse(function(statement, layout(statement, 4)))) == ast.dump(ast.parse(one_line))


def test_a_short_statement_stays_on_its_line() -> None:
    assert layout("x = self.conv1(x)", 8) == ["        x = self.conv1(x)"]


def test_arguments_get_a_line_of_their_own_and_then_one_each() -> None:
    call = "self.downsample = nn.Sequential(nn.Conv2d(64, 256, 1, bias=False), nn.BatchNorm2d(256))"
    assert layout(call, 4) == [
        "    self.downsample = nn.Sequential(",
        "        nn.Conv2d(64, 256, 1, bias=False), nn.BatchNorm2d(256)",
        "    )",
    ]
    assert layout(call, 40)[1:3] == [f"{'':44}nn.Conv2d(64, 256, 1, bias=False),", f"{'':44}nn.BatchNorm2d(256),"]


def test_a_comma_before_the_closer_asks_for_one_element_a_line() -> None:
    assert layout("x = [1, 2,]", 0) == ["x = [", "    1,", "    2,", "]"]
    assert layout("x = (1,)", 0) == ["x = (1,)"]


def test_the_input_of_a_keras_layer_is_not_split_off_alone() -> None:
    statement = 'x = layers.Conv2D(64, 3, padding="same", use_bias=False, name="longer_stem_conv1")(inputs)'
    assert len(statement) > LINE_WIDTH
    assert layout(statement, 0)[-2:] == ['    name="longer_stem_conv1",', ")(inputs)"]


def test_a_sum_breaks_before_its_operators() -> None:
    operands = [f"self.branch{number}_of_the_block(features)" for number in range(3)]
    assert layout(f"return {' + '.join(operands)}", 4) == [
        "    return (",
        f"        {operands[0]}",
        f"        + {operands[1]}",
        f"        + {operands[2]}",
        "    )",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        f"x = {'a' * 100}",
        f"import {'a' * 100}",
        "x = " + "f(" * 1000 + ")" * 1000,
        "x = " + "not " * 5000 + "y",
        "x = (" + "1, " * 100,
        "x = ) " + "1, " * 100,
        "\0" * 100,
        "x = 'é" + "a" * 100,
    ],
)
def test_what_cannot_be_split_stays_one_line(statement: str) -> None:
    assert layout(statement, 4) == [f"    {statement}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda size: f"x = [{', '.join(['layer(1)'] * size)}]",
        lambda size: f"x = {' + '.join(['layer(1)'] * size)}",
        lambda size: f"x = layer(1){'(x).flatten(1)' * size}",
    ],
    ids=["list", "sum", "chain"],
)
def test_time_grows_with_the_length(make: Callable[[int], str]) -> None:
    with soon():
        assert len(layout(make(10_000), 0)) > 10_000
