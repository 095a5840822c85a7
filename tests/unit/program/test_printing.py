"""Trees become text that has their meaning, their marks, and the layout that their readers' formatter gives."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archspec.program.printing import BlankLine, Verbatim, one_per_line, print_statements
from archspec.program.python import assign, call, dotted, literal, return_, statement, tuple_
from archspec.program.source import STANDARD
from tests.marks import slow_but
from tests.unit.program.statements import StatementMaker

ROOT = Path(__file__).parents[3]
GOLDEN = sorted(path for kind in ("torch", "tensorflow") for path in ROOT.glob(f"tests/golden/{kind}_source/*.py"))
HELPERS = "\n".join(path.read_text() for path in ROOT.glob("backends/*/emit/helpers/*.py"))


def printed(*statements: ast.stmt) -> list[str]:
    return print_statements(statements).splitlines()


def marked(source: str) -> list[ast.stmt]:
    """The trees of a source, with the marks that its commas before closing brackets ask for."""
    tree = ast.parse(source)
    lines = source.splitlines()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call | ast.List | ast.Tuple | ast.Set | ast.Dict):
            continue
        row, column = node.end_lineno, node.end_col_offset
        before = "".join([*lines[: row - 1], lines[row - 1][: column - 1]]).rstrip()
        if before.endswith(","):
            one_per_line(node)
    return tree.body


def _segment(source: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


@pytest.mark.parametrize("path", GOLDEN, ids=[f"{path.parent.name}-{path.stem}" for path in GOLDEN])
def test_a_golden_source_is_printed_as_it_is(path: Path) -> None:
    source = path.read_text()
    body: list[ast.stmt] = []
    imported_before = False
    for node in marked(source):
        text = _segment(source, node)
        standard = isinstance(node, ast.Import | ast.ImportFrom) and text.split()[1].partition(".")[0] in STANDARD
        body += [BlankLine()] * (imported_before and not standard)
        body.append(Verbatim(text) if text in HELPERS else node)
        imported_before = standard
    main = body[-1]
    assert isinstance(main, ast.If)
    at = next((n for n, node in enumerate(main.body) if ast.unparse(node).startswith("from safetensors")), 0)
    main.body[at:at] = [BlankLine()] if at else []
    assert print_statements(body) == source


@pytest.mark.parametrize("seed", slow_but([0], range(3)))
def test_the_meaning_is_kept_and_the_formatter_changes_nothing(seed: int) -> None:
    maker = StatementMaker(seed)
    texts = []
    for _ in range(250):
        text = maker.statement()
        texts.append(f"def f():\n    {text}" + "\n        pass" * text.endswith(":"))
    texts += [f"{maker.definition()}\n    pass" for _ in range(50)]
    source = "\n".join(texts)
    result = print_statements(marked(source))
    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(source))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    assert subprocess.run(command, input=result, capture_output=True, text=True, check=True).stdout == result


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (call("f", [literal(1)]), ["f(", "    1,", ")"]),
        (call("f", keywords={"a": literal(1)}), ["f(", "    a=1,", ")"]),
        (ast.parse("[1]").body[0].value, ["[", "    1,", "]"]),
        (ast.parse("{1: 2}").body[0].value, ["{", "    1: 2,", "}"]),
        (ast.parse("{1}").body[0].value, ["{", "    1,", "}"]),
        (ast.parse("(1, 2)").body[0].value, ["(", "    1,", "    2,", ")"]),
        (tuple_([literal(1)]), ["(1,)"]),
        (call("f"), ["f()"]),
        (ast.parse("[]").body[0].value, ["[]"]),
    ],
)
def test_one_element_a_line_where_that_is_asked_for(value: ast.Call, lines: list[str]) -> None:
    before = ast.dump(value)
    assert printed(statement(one_per_line(value))) == lines
    assert ast.dump(value) == before


def test_a_tuple_that_is_returned_or_unpacked_has_no_parentheses() -> None:
    pair = tuple_([dotted("x"), call("f", [tuple_([dotted("y")])])])
    function = ast.parse("def f():\n    pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = [return_(pair)]
    assert printed(function)[1] == "    return x, f((y,))"
    assert printed(assign(tuple_([dotted("a"), dotted("b")]), pair)) == ["a, b = x, f((y,))"]
    assert printed(assign("a", pair)) == ["a = (x, f((y,)))"]


def test_a_float_that_is_not_finite_is_a_call() -> None:
    numbers = (math.inf, -math.inf, math.nan)
    expected = ['f(float("inf"), float("-inf"), float("nan"))']
    assert printed(statement(call("f", [ast.Constant(number) for number in numbers]))) == expected
    assert printed(statement(call("f", [literal(number) for number in numbers]))) == expected


@pytest.mark.parametrize(
    "text", ["it's", 'a "b"', "\\", "\n", "é", "\u202e", "\U0001f600", "\ud800", '"""', "__bare__(x)"]
)
def test_a_string_is_the_same_when_it_is_read(text: str) -> None:
    source = print_statements([assign("x", literal(text))])
    assert "\u202e" not in source
    assert ast.literal_eval(source.removeprefix("x = ")) == text


def test_verbatim_text_keeps_its_comments_and_stands_apart() -> None:
    text = "def f(x):\n    # why\n    return x"
    assert printed(assign("a", literal(1)), Verbatim(text), assign("b", literal(2))) == [
        *("a = 1", "", "", *text.split("\n"), "", "", "b = 2"),
    ]


def test_trees_are_not_changed_by_printing() -> None:
    tree = ast.parse("def f():\n    return 1, 2")
    before = ast.dump(tree, include_attributes=True)
    print_statements(tree.body)
    assert ast.dump(tree, include_attributes=True) == before


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: assign("a b", literal(1)), ValueError),
        (lambda: ast.If(dotted("x"), [], []), ValueError),
        (lambda: ast.parse("f\"{x['a']}\"").body[0], TypeError),
    ],
)
def test_what_is_no_source_is_refused(make: Callable[[], ast.stmt], error: type[Exception]) -> None:
    with pytest.raises(error):
        print_statements([make()])
