"""The expression language: what it computes, what it refuses, and where it points."""

from __future__ import annotations

import pytest

from archspec.spec.expressions import FUNCTIONS, ExpressionError, parse
from tests.unit.spec.expressions import ENV, fault, value


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
        ("${width}", "bad-expression", "${width}", "write $width"),
        ("a ${width + 1} b", "bad-expression", "${width + 1}", "write $(width + 1)"),
        ("${", "bad-expression", "${", "write $name, $(expression), or $$ for a dollar"),
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


def test_every_function_is_documented() -> None:
    for name, function in FUNCTIONS.items():
        assert function.signature.startswith(f"{name}(")
        assert function.meaning
