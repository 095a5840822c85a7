"""Expressions become shorter and keep their values."""

from __future__ import annotations

import ast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archspec.expressions import NoValue, constant, evaluate, names_of, same, simplify, substitute
from tests.unit.expressions.trees import ANY, ENVS, KINDS, POSITIVE, read

_ARITHMETIC = {
    "1 + 2 * 3": "7",
    "7 // 2": "3",
    "2 ** -1": "0.5",
    "1 - 0.9": "0.09999999999999998",
    "-(2 - 5)": "3",
    "2 - 5": "-3",
    "'a' + 'b'": "'ab'",
    "1 // 0": "1 // 0",
    "9 ** 99": "9 ** 99",
    "x * 1": "x",
    "1 * x": "x",
    "x + 0": "x",
    "0 + x": "x",
    "x - 0": "x",
    "0 - x": "0 - x",
    "x // 1": "x",
    "1 // x": "1 // x",
    "x ** 1": "x",
    "x * 1.0": "x * 1.0",
    "x * True": "x * True",
    "x + 0.0": "x + 0.0",
    "x / 1": "x / 1",
    "(x == y) * 1": "(x == y) * 1",
    "max(x == y, p or not q) + 0": "max(x == y, p or not q) + 0",
    "(x if x == y else 2) * 1": "x if x == y else 2",
    "x / 3 // 1": "x / 3 // 1",
    "0.5 * x // 1": "0.5 * x // 1",
    "sqrt(x) // 1": "sqrt(x) // 1",
    "ceil(x / 2) // 1": "ceil(x / 2)",
    "[0.5, x][i] // 1": "[0.5, x][i] // 1",
    "x * 64 // 64": "x",
    "64 * x // 64": "x",
    "x * 64 // 64 * 1": "x",
    "x * y // y": "x",
    "y * x // y": "x",
    "(x + 3) * 4 // 4": "x + 3",
    "x * 0.5 // 0.5": "x * 0.5 // 0.5",
    "x * 0 // 0": "x * 0 // 0",
    "x / 2 * 3 // 3": "x / 2 * 3 // 3",
    "x * 12 // 4": "x * 3",
    "12 * x // 4": "3 * x",
    "x * 12 // 5": "x * 12 // 5",
    "x * 2 // 4": "x * 2 // 4",
    "x * 2 * 3": "x * 6",
    "2 * x * 3": "6 * x",
    "2 * (x * 3)": "x * 6",
    "2 * (3 * x)": "6 * x",
    "x * 2 * 0.5": "x * 2 * 0.5",
    "x * 0.5 * 2": "x * 0.5 * 2",
    "x / 2 * 2 * 3": "x / 2 * 2 * 3",
    f"x * {2**40} * {2**40}": f"x * {2**40} * {2**40}",
    "x // 2 // 3": "x // 6",
    "x // -2 // 3": "x // -2 // 3",
    "x / 2 // 2 // 3": "x / 2 // 2 // 3",
    "x + 1 + 2": "x + 3",
    "1 + x + 2": "x + 3",
    "2 + (x + 1)": "x + 3",
    "x + 1 - 2": "x - 1",
    "x - 1 + 2 - 1": "x",
    "x + 1 + 2 * 3 + 1": "x + 8",
    "2 - (x + 1)": "2 - (x + 1)",
    "x * 0.5 + 1 + 2": "x * 0.5 + 1 + 2",
    "block.expansion * 1 * x": "block.expansion * x",
}
_LOGIC = {
    "1 == 1.0": "True",
    "1 < 2 < 3": "True",
    "'a' in ['a', 'b']": "True",
    "x == None": "x is None",
    "None != x": "x is not None",
    "None == None": "True",
    "1 is None": "False",
    "x == x": "True",
    "x + 1 < 1 + x": "x + 1 < 1 + x",
    "x * 2 >= x * 2": "True",
    "x > x": "False",
    "x in x": "x in x",
    "x < x < y": "x < x < y",
    "not x == y": "x != y",
    "not x != y": "x == y",
    "not x < y": "x >= y",
    "not x <= y": "x > y",
    "not x > y": "x <= y",
    "not x >= y": "x < y",
    "not x in y": "x not in y",
    "not x is not None": "x is None",
    "not x not in y": "x in y",
    "not x == None": "x is not None",
    "not x < y < z": "not x < y < z",
    "not not x": "not not x",
    "not not not x": "not x",
    "not not (x == y)": "x == y",
    "not (x and True)": "not x",
    "not (x or 1)": "False",
    "not False": "True",
    "True and x": "x",
    "1 and x and y": "x and y",
    "False and x": "False",
    "0 and x": "0",
    "x and 0 and y": "x and 0",
    "x and True and y": "x and y",
    "x and True": "x and True",
    "x and False": "x and False",
    "x == y and False": "False",
    "x and y == z and False": "x and False",
    "x == y and True": "x == y",
    "x == y and 1": "x == y and 1",
    "x == y and 0": "x == y and 0",
    "True or x": "True",
    "False or x": "x",
    "None or x or None": "x or None",
    "x or True": "x or True",
    "not x or True": "True",
    "x != y or False": "x != y",
    "x and x": "x",
    "x if 1 < 2 else y": "x",
    "x if None else y": "y",
    "x if c else x": "x",
    "x * 1 if c else x": "x",
    "x if x != 1 else 1": "x",
    "x if 1 != x else 1": "x",
    "1 if x != 1 else x": "1",
    "1 if x == 1 else x": "x",
    "x if x is not None else None": "x",
    "x if x == None else None": "None",
    "x if x != 2 else 1": "x if x != 2 else 1",
    "x if x > 1 else 1": "x if x > 1 else 1",
    "x if c and True else y": "x if c else y",
    "x if c and False else y": "y",
    "x if c or True else y": "x",
    "x if not not c else y": "x if c else y",
}
_OTHERS = {
    "[1, 2, 3][-1]": "3",
    "[[1, 2], 3][0]": "[1, 2]",
    "[1, 2][2]": "[1, 2][2]",
    "[1, 2][True]": "[1, 2][True]",
    "[1, 2][i]": "[1, 2][i]",
    "[x, y * 1][1]": "y",
    "{'a': 4}['a']": "4",
    "max(2, 3)": "3",
    "divisible(100 * 0.75, 8)": "72",
    "max(2 - 1, x)": "max(1, x)",
    "len([1, 2])": "2",
    "range(3)": "[0, 1, 2]",
    "range(1000)": "range(1000)",
    "[0] * 1000": "[0] * 1000",
    "unknown(1)": "unknown(1)",
    "[x * 1, {'k': 1 + 1}]": "[x, {'k': 2}]",
    "f'a{1 + 1}b'": "'a2b'",
    "f'{x * 1}{1}{2.5}_{\"t\"}'": "f'{x}12.5_t'",
    "f'{x}'": "f'{x}'",
    "f'{None}'": "f'{None}'",
    "f'{1:>3}'": "f'{1:>3}'",
    "x[1 - 1:2]": "x[0:2]",
}


@pytest.mark.parametrize(("text", "shorter"), [*_ARITHMETIC.items(), *_LOGIC.items(), *_OTHERS.items()])
def test_rules(text: str, shorter: str) -> None:
    assert ast.unparse(simplify(read(text))) == shorter
    assert same(simplify(read(text)), read(shorter))


_COUNTED = {
    "i == 0": "False",
    "0 == i": "False",
    "i != 0": "True",
    "i > 0": "True",
    "0 < i": "True",
    "i >= 1": "True",
    "i < 1": "False",
    "i <= 0": "False",
    "i > -3": "True",
    "1 > i": "False",
    "not i == 0": "True",
    "strides if i == 0 else 1": "1",
    "2 if stage > 1 and i == 0 else 1": "1",
    "i == 1": "i == 1",
    "i > 1": "i > 1",
    "i <= 1": "i <= 1",
    "i >= 2": "i >= 2",
    "i != 1": "i != 1",
    "i < 2": "i < 2",
    "1 < i": "1 < i",
    "1 <= i": "True",
    "i > 0.5": "i > 0.5",
    "i == False": "i == False",
    "i == k": "i == k",
    "k == 0": "k == 0",
    "0 < i < 3": "0 < i < 3",
    "i in [0]": "i in [0]",
}


@pytest.mark.parametrize(("text", "shorter"), _COUNTED.items())
def test_a_name_of_at_least_one(text: str, shorter: str) -> None:
    assert ast.unparse(simplify(read(text), positive=["i"])) == shorter
    assert same(simplify(read("i == 0")), read("i == 0"))


@pytest.mark.parametrize(
    ("text", "replacements", "result"),
    [
        ("filters * width // 64 * groups", {"width": "64", "groups": "1"}, "filters"),
        ("filters * expand", {"expand": "4", "filters": "2 * channels"}, "8 * channels"),
        ("a + b", {"a": "b", "b": "a"}, "b + a"),
        ("block.expansion * x", {"block.expansion": "4", "block": "other"}, "4 * x"),
        ("block * block.expansion", {"block": "other"}, "other * block.expansion"),
        ("max(max, 1)", {"max": "3"}, "3"),
        ("f'{name}_{i}'", {"i": "0"}, "f'{name}_0'"),
        ("stages[i]", {"stages": "[64, 128]", "i": "1"}, "128"),
        ("strides if i == 0 else 1", {"i": "j"}, "1"),
        ("norm == null", {"null": "None"}, "norm is None"),
        ("x", {"x": "1 + 1"}, "2"),
    ],
)
def test_names_are_replaced_all_at_once(text: str, replacements: dict[str, str], result: str) -> None:
    trees = {key: read(replacement) for key, replacement in replacements.items()}
    assert ast.unparse(substitute(read(text), trees, positive=["j"])) == result


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50)
@given(data=st.data(), env=ENVS, counted=st.booleans())
def test_values_stay(kind: str, data: st.DataObject, env: dict[str, object], counted: bool) -> None:
    tree = data.draw(KINDS[kind])
    before = ast.dump(tree)
    shorter = simplify(tree, POSITIVE if counted else ())
    assert ast.dump(tree) == before
    assert same(simplify(shorter, POSITIVE if counted else ()), shorter)
    assert names_of(shorter) <= names_of(tree)
    try:
        value = evaluate(tree, env)
    except NoValue:
        return
    result = evaluate(shorter, env)
    assert (result, _types(result)) == (value, _types(value))


@settings(max_examples=100)
@given(ANY, ENVS)
def test_constants_in_place_of_names_give_the_value(tree: ast.expr, env: dict[str, object]) -> None:
    before = ast.dump(tree)
    values = {key: constant(value) for key, value in env.items()}
    shorter = substitute(tree, {key: values[key] for key in ("n", "x", "p", "block.expansion")})
    assert ast.dump(tree) == before
    try:
        value = evaluate(tree, env)
    except NoValue:
        assume(False)
    result = evaluate(shorter, env)
    assert (result, _types(result)) == (value, _types(value))


_NUMBERS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("x", "y", "z", "p", "q", "c", "k", "strides", "stage", "block.expansion"), st.integers(-2, 9)),
        "i": st.integers(1, 3),
    }
)


@settings(max_examples=250)
@given(st.sampled_from([*_ARITHMETIC, *_LOGIC, *_OTHERS, *_COUNTED]), _NUMBERS)
def test_rules_keep_values(text: str, env: dict[str, object]) -> None:
    try:
        value = evaluate(read(text), env)
    except NoValue:
        return
    result = evaluate(simplify(read(text), ["i"]), env)
    assert (result, _types(result)) == (value, _types(value))


def _types(value: object) -> object:
    return [_types(part) for part in value] if isinstance(value, list) else type(value)


def test_what_grows_too_large_is_refused() -> None:
    square, tree = read("x * x"), read("x + x")
    for _ in range(11):
        tree = substitute(square, {"x": tree})
    with pytest.raises(NoValue, match="too large"):
        substitute(square, {"x": tree})
