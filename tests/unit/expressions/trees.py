"""Random expressions, by the kind of value that they have, and the names that they read."""

from __future__ import annotations

import ast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from archspec.expressions import constant, name

Trees = SearchStrategy[ast.expr]

ENVS = st.fixed_dictionaries(
    {
        "n": st.integers(-3, 9),
        "m": st.integers(0, 4) | st.integers(0, 70),
        "i": st.integers(1, 3),
        "block.expansion": st.integers(1, 4),
        "x": st.floats(-8, 8),
        "p": st.booleans(),
        "q": st.booleans(),
        "s": st.sampled_from(["", "a", "same"]),
        "a": st.sampled_from([None, 0, 2, "a", False]),
        "l": st.lists(st.integers(-3, 3), max_size=3),
    }
)
POSITIVE = ("i",)


def read(text: str) -> ast.expr:
    """The tree of an expression, as Python reads it."""
    return ast.parse(text, mode="eval").body


def _binary(left: Trees, right: Trees, *operators: type[ast.operator]) -> Trees:
    return st.builds(ast.BinOp, left, st.sampled_from(operators).map(lambda operator: operator()), right)


def _compare(left: Trees, right: Trees, *operators: type[ast.cmpop]) -> Trees:
    symbols = st.sampled_from(operators).map(lambda operator: [operator()])
    return st.builds(lambda first, ops, second: ast.Compare(first, ops, [second]), left, symbols, right)


def _call(function: str, *arguments: Trees) -> Trees:
    return st.tuples(*arguments).map(lambda args: ast.Call(ast.Name(function, ast.Load()), list(args), []))


def _choice(operands: Trees) -> Trees:
    operators = st.sampled_from([ast.And, ast.Or]).map(lambda operator: operator())
    return st.builds(ast.BoolOp, operators, st.lists(operands, min_size=2, max_size=4))


def _names(*names: str) -> Trees:
    return st.sampled_from(names).map(name)


_INTEGERS = st.sampled_from([-2, -1, 0, 1, 1, 2, 3, 4, 6, 64]).map(constant)
_TRUTHS = st.booleans().map(constant)


def _grow_whole(whole: Trees) -> Trees:
    five = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
    compared = _compare(whole, whole, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    pair = st.tuples(whole, whole)
    return (
        _binary(whole, whole, *five)
        | _binary(whole, _INTEGERS, *five)
        | _binary(_INTEGERS, whole, ast.Mult, ast.Add)
        | _binary(whole, st.sampled_from([0, 1, 2]).map(constant), ast.Pow)
        | _binary(compared, whole, *five)
        | st.builds(lambda p: ast.BinOp(ast.BinOp(p[0], ast.Mult(), p[1]), ast.FloorDiv(), p[1]), pair)
        | st.builds(lambda test, p: ast.IfExp(test, *p), compared, pair)
        | st.builds(lambda p: ast.IfExp(ast.Compare(p[0], [ast.NotEq()], [p[1]]), *p), pair)
        | st.builds(lambda p: ast.IfExp(ast.Compare(p[1], [ast.Eq()], [p[0]]), *p), pair)
        | st.builds(lambda p, at: ast.Subscript(ast.List(list(p), ast.Load()), at, ast.Load()), pair, whole)
        | st.builds(lambda at: ast.Subscript(name("l"), at, ast.Load()), whole)
        | whole.map(lambda tree: ast.UnaryOp(ast.USub(), tree))
        | _call("max", whole, whole)
        | _call("range", whole).map(lambda tree: ast.Call(ast.Name("len", ast.Load()), [tree], []))
    )


_COUNTS = _names("n", "m", "i", "block.expansion")
WHOLE = st.recursive(_COUNTS | _INTEGERS, _grow_whole, max_leaves=5)
# A float name stands for no whole number, so it is not calculated with as if it were one.
_FLOAT_LEAVES = _binary(_names("x"), st.sampled_from([0.1, 0.5, 2.0]).map(constant), ast.Mult, ast.Add, ast.Sub)
FLOATS = st.recursive(
    _FLOAT_LEAVES | st.sampled_from([0.1, 0.9, 1.0]).map(constant) | _binary(WHOLE, WHOLE, ast.Div),
    lambda inner: _binary(inner, inner | _INTEGERS, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv),
    max_leaves=5,
)
_ALL = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
TRUTHS = st.recursive(
    _names("p", "q")
    | _TRUTHS
    | _compare(_COUNTS, _COUNTS | _INTEGERS, *_ALL)
    | _compare(_INTEGERS, _COUNTS, *_ALL)
    | _compare(_names("i"), _INTEGERS, *_ALL)
    | _compare(WHOLE | FLOATS, WHOLE, *_ALL)
    | _compare(_names("s", "a"), st.just(constant("a")), ast.Eq, ast.NotEq)
    | _compare(_names("a"), st.just(constant(None)), ast.Eq, ast.NotEq)
    | _compare(WHOLE, _names("l"), ast.In, ast.NotIn),
    lambda inner: _choice(inner) | inner.map(lambda tree: ast.UnaryOp(ast.Not(), tree)),
    max_leaves=6,
)
CHOICES = st.recursive(
    _names("p", "s", "a", "x", "l", "n")
    | _TRUTHS
    | _compare(_COUNTS, _INTEGERS, *_ALL)
    | st.sampled_from([None, "", "a", [1, 2]]).map(constant),
    lambda inner: (
        _choice(inner)
        | st.builds(ast.IfExp, inner, inner, inner)
        | st.builds(ast.IfExp, TRUTHS, inner | WHOLE, inner | WHOLE)
        | inner.map(lambda tree: ast.UnaryOp(ast.Not(), tree))
        | st.lists(inner, max_size=3).map(lambda parts: ast.List(parts, ast.Load()))
    ),
    max_leaves=5,
)
PLAIN = WHOLE | FLOATS | TRUTHS | CHOICES
"""Expressions that a document can have, if it had names with dots."""

_FILLED = (WHOLE | FLOATS | _names("s")).map(lambda tree: ast.FormattedValue(tree, -1, None))
TEXTS = st.lists(_FILLED | st.sampled_from(["a", "_"]).map(constant), max_size=4).map(ast.JoinedStr)
ANY = PLAIN | TEXTS
KINDS = {"whole": WHOLE, "floats": FLOATS, "truths": TRUTHS, "choices": CHOICES, "texts": TEXTS}
