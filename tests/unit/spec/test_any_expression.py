"""Whatever the expression: arithmetic is Python's, and nothing escapes but what says where it went wrong, at once."""

from __future__ import annotations

import ast
import math
import sys
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.errors import Source, Span
from archspec.spec.expressions import FUNCTIONS, ExpressionError, parse
from tests.patience import soon
from tests.unit.spec.expressions import ENV, value


@pytest.mark.parametrize(
    "text",
    [
        "$(" + "-" * 900 + "1)",
        "$(" + "(" * 400 + "1" + ")" * 400 + ")",
        "$(" + "[" * 300 + "1" + "]" * 300 + ")",
        "$(" + "not " * 200 + "1)",
        "$(" + "+".join("1" * 201) + ")",
        "$(" + "9" * 990 + ")",
        "$(" + "1 " * 600 + ")",
        "$(2 ** 2 ** 2 ** 2 ** 2 ** 2)",
        "$(7 ** 9223372036854775807)",
        "$([[[0] * 100] * 100] * 100 == [[[0] * 100] * 100] * 100)",
        "$('\\ud800')",
        "$(\ud800)",
        "$(\0)",
        "$('\0)",
        "$(1if 1else 2)",
    ],
)
def test_hostile_texts_are_refused_at_once(text: str) -> None:
    with soon(), pytest.raises(ExpressionError):
        value(text)


def test_hostile_values_are_refused_at_once() -> None:
    bomb: list[Any] = [0] * 100
    for _ in range(20):
        bomb = [bomb] * 100
    loop: list[Any] = []
    loop.append(loop)
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    env = {"bomb": bomb, "loop": loop, "deep": deep, "huge": 10**5000, "nan": math.nan, "text": "x" * 20_000}
    for body in (
        "bomb == bomb",
        "[bomb]",
        "loop == loop",
        "[1] in deep",
        "deep == deep",
        "huge + 1",
        "text + 'y'",
        "[] * huge",
    ):
        with pytest.raises(ExpressionError):
            value(f"$({body})", env)
    for text in ("x$huge", "x$nan", "x$text"):
        with pytest.raises(ExpressionError):
            value(text, env)


def test_nothing_is_printed() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for text in ("$('\\d')", "$(1 is 1)", "$(1if 1 else 2)", "$(0x1for x in y)"):
            with pytest.raises(ExpressionError):
                value(text)
    assert not told


def test_evaluation_makes_a_few_calls_a_part_and_never_looks_at_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    template = parse("$(filters[i] * width // 64 * (1 if i == 0 and stage > 1 else depth) + 1)")
    parts = sum(isinstance(node, ast.expr) for node in ast.walk(ast.parse(template.text[1:])))
    template.evaluate(ENV)  # what the classes' caches take is not counted
    monkeypatch.delattr(ast, "parse")
    monkeypatch.delattr("builtins.compile")
    calls: list[str] = []
    sys.setprofile(lambda frame, event, _: calls.append(event) if event in {"call", "c_call"} else None)
    try:
        template.evaluate(ENV)
    finally:
        sys.setprofile(None)
    assert len(calls) < 5 * parts


# Expressions of numbers, each with what Python makes of it.
_NAMES = ("a", "b", "c")
_NUMBERS = st.integers(-20, 20) | st.floats(-8, 8, allow_nan=False)
_LEAVES = st.sampled_from(_NAMES) | st.integers(0, 9).map(str) | st.floats(0, 9).map(repr) | st.just("True")


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", ">", ">=", "and", "or"])
    binary = st.tuples(inner, operators, inner).map(lambda parts: f"({' '.join(parts)})")
    power = st.tuples(inner, st.sampled_from(["0", "2", "3", "-1", "0.5"])).map(lambda p: f"({p[0]} ** {p[1]})")
    chained = st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} < {parts[1]} <= {parts[2]})")
    choice = st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})")
    unary = st.tuples(st.sampled_from(["-", "+", "not "]), inner).map(lambda parts: f"({''.join(parts)})")
    listed = st.tuples(inner, inner).map(lambda parts: f"[{parts[0]}, {parts[1]}][-1]")
    called = st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})")
    alone = st.tuples(st.sampled_from(["abs", "round", "int"]), inner).map(lambda p: f"{p[0]}({p[1]})")
    return binary | power | chained | choice | unary | listed | called | alone


@settings(max_examples=300)
@given(st.recursive(_LEAVES, _grow, max_leaves=8), st.tuples(_NUMBERS, _NUMBERS, _NUMBERS))
def test_arithmetic_is_pythons(text: str, numbers: tuple[float, float, float]) -> None:
    env = dict(zip(_NAMES, numbers, strict=True))
    try:
        result = value(f"$({text})", env)
    except ExpressionError:
        _check_refused(text, env)
        return
    expected = eval(text, {}, dict(env))
    assert result == expected
    assert type(result) is type(expected)


def _check_refused(text: str, env: dict[str, float]) -> None:
    """What was refused has no value in Python either, or leaves the bounds on the way."""
    for node in ast.walk(ast.parse(text, mode="eval")):
        if not isinstance(node, ast.expr) or ast.unparse(node) in FUNCTIONS:
            continue
        try:
            part = eval(ast.unparse(node), {}, dict(env))
        except (ArithmeticError, TypeError, ValueError):
            return
        if isinstance(part, complex) or (isinstance(part, (int, float)) and not abs(part) < 2**63):
            return
    pytest.fail(f"{text} has a value in Python")


_WORDS = st.sampled_from(
    [
        *[
            "$",
            "$$",
            "$(",
            ")",
            "(",
            "[",
            "]",
            "{",
            "}",
            "'",
            '"',
            "\\",
            "#",
            "\n",
            "\r",
            "\t",
            "\f",
            "\0",
            ",",
            ":",
            ";",
        ],
        *[
            "+",
            "-",
            "*",
            "**",
            "/",
            "//",
            "%",
            "<",
            "==",
            "!=",
            "=",
            ":=",
            "in",
            "not",
            "and",
            "or",
            "if",
            "else",
            "is",
        ],
        *["0", "1", "10", "9e9", "1e308", "-1", "0x", "1_0", "1j", "'a'", '"b"', "f'", "b''", "lambda", "for", "await"],
        *[" ", " ", " ", ".", "...", "é", "ﬁ", "\ud800", "\u2028", "🙂", *ENV, *FUNCTIONS, "true", "None"],
    ]
)


@settings(max_examples=300)
@given(st.lists(_WORDS, max_size=20).map("".join) | st.text(max_size=60), st.booleans())
def test_no_other_exception_escapes(text: str, alone: bool) -> None:
    text = f"$({text})" if alone else text
    source = Source("x", f"k: '{text}'")
    span = Span(source, 3, len(source.text))
    try:
        parse(text, lambda: span).evaluate(ENV)
    except ExpressionError as error:
        where = error.diagnostic.where
        assert isinstance(where, Span)
        assert span.start <= where.start < where.end <= span.end


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_SHAPES = (
    *[
        f"a {symbol} b"
        for symbol in ("+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", ">=", "in", "and", "or")
    ],
    *["a[b]", "-a", "not a", "a if b else a", "[a, b, a]", "a not in b", "a == b == a", "a < b < a"],
    *[f"{name}(a)" for name in FUNCTIONS if name != "divisible"],
    *["divisible(a, b)", "min(a, b)", "max(a, b)", "round(a, b)", "range(a, b)"],
)


@settings(max_examples=300)
@given(st.sampled_from(_SHAPES), _VALUES, _VALUES)
def test_no_other_exception_escapes_any_values(shape: str, a: object, b: object) -> None:
    for text in (f"$({shape})", f"x$({shape})"):
        try:
            value(text, {"a": a, "b": b})
        except ExpressionError:
            continue
