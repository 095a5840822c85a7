"""A tree has the value that the same expression has in a document."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archspec.expressions import NoValue, constant, evaluate, name
from archspec.expressions.functions import FUNCTIONS
from archspec.expressions.values import NO_VALUE
from archspec.spec.expressions import ExpressionError, parse
from tests.unit.expressions.trees import ENVS, PLAIN, read

_REFUSED = object()


def _in_a_document(text: str, env: Mapping[str, object]) -> object:
    try:
        return parse(text).evaluate(env)
    except ExpressionError:
        return _REFUSED


def _as_a_tree(tree: ast.expr, env: Mapping[str, object]) -> object:
    try:
        return evaluate(tree, env)
    except NoValue:
        return _REFUSED


def _check(text: str, tree: ast.expr, env: Mapping[str, object]) -> None:
    expected = _in_a_document(text, env)
    result = _as_a_tree(tree, env)
    assert repr(result) == repr(expected)


@settings(max_examples=80)
@given(PLAIN, ENVS)
def test_the_value_is_that_in_a_document(tree: ast.expr, env: dict[str, object]) -> None:
    assume(len(ast.unparse(tree)) < 800 and sum(isinstance(node, ast.expr) for node in ast.walk(tree)) < 200)
    # No expression of a document has a name with a dot.
    text = ast.unparse(tree).replace("block.expansion", "expansion")
    _check(f"$({text})", tree, {**env, "expansion": env["block.expansion"]})


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-3, 12) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_SYMBOLS = (*("+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", ">=", ">", "in", "not in", "and", "or"),)
_SHAPES = (
    *(f"a {symbol} b" for symbol in _SYMBOLS),
    *("a[b]", "-a", "+a", "not a", "a if b else a", "[a, b, a]", "a == b == a", "a < b < a", "9 * 1 // b", "unknown"),
    *(f"{function}({arguments})" for function in FUNCTIONS for arguments in ("", "a", "a, b", "a, b, a")),
)


@pytest.mark.parametrize("shape", _SHAPES)
@settings(max_examples=8)
@given(a=_VALUES, b=_VALUES)
def test_every_operation_gives_or_refuses_what_a_document_does(shape: str, a: object, b: object) -> None:
    _check(f"$({shape})", read(shape), {"a": a, "b": b})


@settings(max_examples=100)
@given(_VALUES, st.floats() | st.integers())
def test_a_text_with_expressions_is_that_of_a_document(a: object, b: float) -> None:
    _check("stage$(a)_$b", read("f'stage{a}_{b}'"), {"a": a, "b": b})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("block.expansion * 2", 8),
        ("a is None", True),
        ("a is not None", False),
        ("n is None", False),
        ("n is not None", True),
        ("(1, n)", (1, 3)),
        ("{'k': n}['k']", 3),
        ("{'k': n, 'l': 1}", {"k": 3, "l": 1}),
        ("0.75 * n // 1", 2.0),
        ("f''", ""),
    ],
)
def test_what_only_trees_have(text: str, value: object) -> None:
    result = evaluate(read(text), {"a": None, "n": 3, "block.expansion": 4, "block": 9})
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("unknown", "told", "block.unknown", "f(1)", "len", "len(1)", "abs(x=1)", "len(*[[1]])", "block.f()"),
        *(
            "lambda: 1",
            "[1 for i in [1]]",
            "(i := 1)",
            "1j",
            "b'a'",
            "...",
            "[1, 2][0:1]",
            "{1, 2}",
            "{1: 2}",
            "{**{}}",
        ),
        *("n & 1", "~n", "n @ n", "n is 3", "n is n", "f'{n!r}'", "f'{n:>3}'", "f'{None}'", "(1 + 1).real"),
        *("1 / 0", "9 ** 99", str(2**63), "1e999", "'a' * 20000", "-None"),
    ],
)
def test_what_has_no_value(text: str) -> None:
    with pytest.raises(NoValue):
        evaluate(read(text), {"n": 3, "block": 1, "told": NO_VALUE})


def test_a_tree_that_is_too_large_has_no_value_at_once() -> None:
    deep = wide = name("n")
    for _ in range(200):
        deep = ast.UnaryOp(ast.Not(), deep)
    for _ in range(60):
        wide = ast.BinOp(wide, ast.Add(), wide)
    for tree in (deep, wide, constant([0] * 20_000)):
        with pytest.raises(NoValue, match="too large"):
            evaluate(tree, {"n": 0})
