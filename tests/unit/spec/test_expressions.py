"""The expression language: what it computes, what it refuses, where it points, and that nothing escapes it."""

from __future__ import annotations

import ast
import math
import time
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.errors import Source, Span
from archspec.spec.expressions import FUNCTIONS, ExpressionError, parse
from archspec.spec.suggest import closest, did_you_mean

ENV: Mapping[str, object] = {
    "depth": 3,
    "width": 64,
    "scale": 1.25,
    "block": "Bottleneck",
    "project": False,
    "nothing": None,
    "filters": [64, 128, 256],
    "table": {"small": 16, "large": 32},
    "stage": 2,
    "i": 0,
}


def value(text: str, env: Mapping[str, object] = ENV) -> object:
    return parse(text).evaluate(env)


def fault(text: str, env: Mapping[str, object] = ENV, written: str | None = None) -> tuple[str, str, str, str | None]:
    """The diagnostic's code, message, the text that it points at, and its hint."""
    prefix = "key: "
    spelling = text if written is None else written
    source = Source("net.yaml", f"{prefix}{spelling}\nnext: 1\n")
    with pytest.raises(ExpressionError) as caught:
        parse(text, lambda: Span(source, len(prefix), len(prefix) + len(spelling))).evaluate(env)
    diagnostic = caught.value.diagnostic
    assert isinstance(diagnostic.where, Span)
    return diagnostic.code, diagnostic.message, diagnostic.where.text, diagnostic.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$depth", 3),
        ("$filters", [64, 128, 256]),
        ("$nothing", None),
        ("$project", False),
        ("$true", True),
        ("$(null)", None),
        (" $depth\n", 3),
        ("layer$stage", "layer2"),
        ("$block$i", "Bottleneck0"),
        ("conv$(i + 1)_$stage.bn", "conv1_2.bn"),
        ("x$scale", "x1.25"),
        ("$$5 and $depth", "$5 and 3"),
        ("$$", "$"),
        ("$$depth", "$depth"),
        ("no expression", "no expression"),
        ("", ""),
        ("$(width * 3 // 64 * depth)", 9),
        ("$(2 if i == 0 else 1)", 2),
        ('$(i == 0 and (stage > 1 or block == "Bottleneck"))', True),
        ("$(filters[stage] + filters[-1])", 512),
        ("$(table['small'])", 16),
        ("$(block[0])", "B"),
        ("$([1, width, [2.5]])", [1, 64, [2.5]]),
        ("$([64] * depth + [128])", [64, 64, 64, 128]),
        ("$(1 < stage <= 2 != 3)", True),
        ("$(128 in filters and 'eck' in block and 'tiny' not in table)", True),
        ("$(not project)", True),
        ("$(nothing or width)", 64),
        ("$(-depth ** 2)", -9),
        ("$(2 ** -1)", 0.5),
        ("$(')' + \"(\")", ")("),
        ("$(\n  width\n  + 1\n)", 65),
        ("$(1_000)", 1000),
        ("$(sum(filters) / len(filters))", 448 / 3),
        ("$(max(filters) - min(1, 2))", 255),
        ("$(ceil(depth * 1.1))", 4),
        ("$(floor(2.7) + int(-2.7) + round(2.5) + abs(-1))", 3),
        ("$(round(scale, 1))", round(1.25, 1)),
        ("$(sqrt(16))", 4.0),
        ("$(range(3))", [0, 1, 2]),
        ("$(range(1, depth + 1))", [1, 2, 3]),
        ("$(range(2, 0))", []),
        ("$(max('a', 'b'))", "b"),
        ("$(project and 1 / 0)", False),
        ("$(1 if true else 1 / 0)", 1),
    ],
)
def test_values(text: str, expected: object) -> None:
    result = value(text)
    assert result == expected
    assert type(result) is type(expected)


# The channels of torchvision's mobilenet_v2 (width_mult 0.35, 1.4) and efficientnet_b1..b3 (width 1.1, 1.2).
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (32 * 0.35, 16),
        (16 * 0.35, 8),
        (24 * 1.4, 32),
        (96 * 1.4, 136),
        (40 * 1.1, 48),
        (112 * 1.2, 136),
        (3, 8),
        (12, 16),
    ],
)
def test_divisible_is_make_divisible(wanted: float, expected: int) -> None:
    assert value("$(divisible(wanted, 8))", {"wanted": wanted}) == expected


def test_names_are_what_is_read() -> None:
    template = parse("a$stage.$(max(width, filters[i]) if true else null)")
    assert template.names == {"stage", "width", "filters", "i"}
    assert parse("$$depth").names == frozenset()


def test_lists_are_handed_out_as_they_are() -> None:
    filters = [1, 2]
    assert value("$filters", {"filters": filters}) is filters


@pytest.mark.parametrize(
    ("text", "code", "at", "hint"),
    [
        ("$widht", "unknown-name", "widht", 'did you mean "width"?'),
        ("conv$widht", "unknown-name", "widht", 'did you mean "width"?'),
        ("$(1 + widht * 2)", "unknown-name", "widht", 'did you mean "width"?'),
        ("$(Depth)", "unknown-name", "Depth", 'did you mean "depth"?'),
        ("$max", "unknown-name", "max", "max is a function: max(list), max(a, b, ...)"),
        ("$(width // (depth - 3))", "expression-failed", "depth - 3", None),
        ("$(filters[depth + 4] * 2)", "expression-failed", "depth + 4", None),
        ("$(filters[1.0])", "expression-failed", "1.0", None),
        ("$(filters[true])", "expression-failed", "true", None),
        ("$(table['smal'])", "expression-failed", "'smal'", 'did you mean "small"?'),
        ("$(width[0])", "expression-failed", "width", None),
        ("$(2 * (width - block))", "expression-failed", "block", None),
        ("$(width + [1])", "expression-failed", "width + [1]", None),
        ("$(width < block)", "expression-failed", "width < block", None),
        ("$(1 < 2 < 'a')", "expression-failed", "2 < 'a'", None),
        ("$('%d' % 3)", "expression-failed", "'%d'", None),
        ("$(-block)", "expression-failed", "block", None),
        ("$(1 in 'a')", "expression-failed", "1", None),
        ("$(1 in 2)", "expression-failed", "2", None),
        ("$((-8) ** 0.5)", "expression-failed", "(-8) ** 0.5", None),
        ("$(10 ** 400)", "expression-failed", "10 ** 400", None),
        ("$(1.0e300 * 1e300)", "expression-failed", "1.0e300 * 1e300", None),
        ("$(10.0 ** 400)", "expression-failed", "10.0 ** 400", None),
        ("$([0] * 10001)", "expression-failed", "[0] * 10001", None),
        ("$('ab' * 5001)", "expression-failed", "'ab' * 5001", None),
        ("$(sqrt(0 - 1))", "expression-failed", "0 - 1", None),
        ("$(max([]))", "expression-failed", "[]", None),
        ("$(max(1, 'a'))", "expression-failed", "'a'", None),
        ("$(sum(['a']))", "expression-failed", "['a']", None),
        ("$(len(3))", "expression-failed", "3", None),
        ("$(range(9 ** 18))", "expression-failed", "range(9 ** 18)", None),
        ("$(divisible(8, 0))", "expression-failed", "0", None),
        ("$(round(1.5, 10 ** 9))", "expression-failed", "10 ** 9", None),
        ("conv$project", "expression-failed", "$project", None),
        ("conv$(filters)x", "expression-failed", "$(filters)", None),
        ("conv$nothing", "expression-failed", "$nothing", None),
        ("$(maxi(1))", "unknown-function", "maxi", 'did you mean "max"?'),
        ("$(__import__('os'))", "unknown-function", "__import__", None),
        ("$(sqrt())", "bad-expression", "sqrt()", "write sqrt(x)"),
        ("$(round(1, digits=2))", "bad-expression", "digits=2", "write round(x), round(x, digits)"),
        ("$(filters.append)", "bad-expression", "filters.append", None),
        ("$(filters.append(1))", "bad-expression", "filters.append", None),
        ("$(max(*filters))", "bad-expression", "*filters", None),
        ("$(filters[1:])", "bad-expression", "1:", None),
        ("$(filters[0, 1])", "bad-expression", "0, 1", "write a list: [a, b]"),
        ("$(1, 2)", "bad-expression", "(1, 2)", "write a list: [a, b]"),
        ("$([x for x in filters])", "bad-expression", "[x for x in filters]", None),
        ("$(lambda: 1)", "bad-expression", "lambda: 1", None),
        ("$(x := 1)", "bad-expression", "x := 1", None),
        ("$(f'{width}')", "bad-expression", "f'{width}'", None),
        ("$({1: 2})", "bad-expression", "{1: 2}", None),
        ("$(~width)", "bad-expression", "~width", None),
        ("$(1 | 2)", "bad-expression", "1 | 2", None),
        ("$(width is nothing)", "bad-expression", "width is nothing", 'write "=="'),
        ("$(1 + 2j)", "bad-expression", "2j", None),
        ("$(b'x')", "bad-expression", "b'x'", None),
        ("$(...)", "bad-expression", "...", None),
        ("$(1e999)", "bad-expression", "1e999", None),
        ("$(99999999999999999999 - 1)", "bad-expression", "99999999999999999999", None),
        ("$(1 + )", "bad-expression", None, None),
        ("$(a && b)", "bad-expression", None, 'write "and" for &&'),
        ("$(a ? 1 : 2)", "bad-expression", None, "write (a if condition else b)"),
        ("$(a = 1)", "bad-expression", None, 'write "==" to compare'),
        ("$('\\d')", "bad-expression", None, None),
        ("$(1 # one)", "bad-expression", "#", None),
        ("$('a)", "bad-expression", "'", None),
        ("$(1", "bad-expression", "$(1", 'an expression ends with ")"'),
        ("x$()", "bad-expression", "$()", None),
        ("x$(  )", "bad-expression", "$(  )", None),
        ("${width}", "bad-expression", "${", "write $name, $(expression), or $$ for a dollar"),
        ("costs 5$", "bad-expression", "$", "write $name, $(expression), or $$ for a dollar"),
        ("$(größe)", "bad-expression", "größe", None),
    ],
)
def test_faults_point_at_the_part(text: str, code: str, at: str | None, hint: str | None) -> None:
    found, message, where, suggestion = fault(text)
    assert found == code
    assert message
    if at is not None:
        # The tuple's own parentheses are the expression's.
        assert where == (at if text != "$(1, 2)" else "$(1, 2)"[1:])
    if hint is not None:
        assert suggestion == hint


def test_columns_count_characters() -> None:
    assert fault("$('größe🙂' + block - 1)")[2] == "'größe🙂' + block"


@pytest.mark.parametrize(
    ("text", "written", "at"),
    [
        ("$(1 + widht)", '"$(1 + widht)"', "widht"),
        ("$(1 + widht)", "'$(1 + widht)'", "widht"),
        ('$("a" == widht)', r'"$(\"a\" == widht)"', "widht"),
        ("$('a' == widht)", "'$(''a'' == widht)'", "widht"),
        ("$(1 + widht)", "$(1\n    + widht)", "widht"),
        ("$(1 + widht)", ">-\n    $(1 +\n    widht)", "widht"),
        ("$(1 +\nwidht)\n", "|\n    $(1 +\n    widht)\n", "widht"),
        ("$(1 + widht)", "&a $(1 + widht)", "widht"),
        ("$widht", r'"\u0024widht"', r'"\u0024widht"'),
    ],
)
def test_columns_in_every_spelling(text: str, written: str, at: str) -> None:
    assert fault(text, written=written)[2] == at


@pytest.mark.parametrize("where", [None, "layers[3].filters"])
def test_without_a_span_the_path_is_kept(where: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("$(widht + 1)", lambda: where).evaluate(ENV)
    assert caught.value.diagnostic.where == where


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
    began = time.perf_counter()
    with pytest.raises(ExpressionError):
        value(text)
    assert time.perf_counter() - began < 2


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


def test_evaluation_takes_about_a_microsecond_a_part() -> None:
    template = parse("$(filters[i] * width // 64 * (1 if i == 0 and stage > 1 else depth) + 1)")
    parts = sum(isinstance(node, ast.expr) for node in ast.walk(ast.parse(template.text[1:])))
    best = math.inf
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(500):
            template.evaluate(ENV)
        best = min(best, (time.perf_counter() - began) / 500)
    assert best / parts < 5e-6


def test_every_function_is_documented() -> None:
    for name, function in FUNCTIONS.items():
        assert function.signature.startswith(f"{name}(")
        assert function.meaning


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


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_SHAPES), _VALUES, _VALUES)
def test_no_other_exception_escapes_any_values(shape: str, a: object, b: object) -> None:
    for text in (f"$({shape})", f"x$({shape})"):
        try:
            value(text, {"a": a, "b": b})
        except ExpressionError:
            continue


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("conv2d", "Conv2D"),
        ("Conv", "Conv2D"),
        ("stride", "strides"),
        ("BatchNorm", "BatchNormalization"),
        ("", None),
        ("xyz", None),
        ("c" * 200, None),
        ("Conv2D", None),
    ],
)
def test_closest(word: str, expected: str | None) -> None:
    options = ["Conv2D", "strides", "BatchNormalization", "x" * 500]
    assert closest(word, options) == expected
    assert did_you_mean(word, options) == (f'did you mean "{expected}"?' if expected else None)
