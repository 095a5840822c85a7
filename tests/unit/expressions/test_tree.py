"""Trees are made, compared and asked for their names and values."""

from __future__ import annotations

import ast
from types import MappingProxyType

import pytest

from archspec.expressions import NOT_CONSTANT, constant, name, names_of, same, value_of
from tests.unit.expressions.trees import read

_CONSTANTS = (
    *(None, True, False, 0, 7, -7, 0.5, -0.5, -0.0, 1e300, "", "a'b"),
    *([], [1, -2.5, [True, None]], (), (1,), {}, {"a": [1], "b": {"c": -1}}),
)


@pytest.mark.parametrize("value", _CONSTANTS, ids=repr)
def test_a_constant_is_written_as_python_reads_it(value: object) -> None:
    tree = constant(value)
    assert repr(value_of(tree)) == repr(value)
    assert same(tree, read(repr(value)))


def test_a_negative_constant_keeps_its_parentheses() -> None:
    assert ast.unparse(ast.BinOp(constant(-2), ast.Pow(), constant(2))) == "(-2) ** 2"


@pytest.mark.parametrize("value", [b"a", 1j, {1: 2}, {1}, object(), [object()]], ids=lambda value: type(value).__name__)
def test_what_no_expression_can_be_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        constant(value)


def test_values_of_a_document_become_plain_constants() -> None:
    class Number(int):
        pass

    assert type(value_of(constant(Number(3)))) is int
    assert value_of(constant(MappingProxyType({"a": 1}))) == {"a": 1}


@pytest.mark.parametrize("text", ["a", "[a]", "(1, a)", "{'k': a}", "{a: 1}", "{**a}", "-a", "1 + 1", "-True", "f'a'"])
def test_what_is_no_constant(text: str) -> None:
    assert value_of(read(text)) is NOT_CONSTANT


def test_a_name_may_have_dots() -> None:
    assert same(name("a"), read("a"))
    assert same(name("a.b.c"), read("a.b.c"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1", ""),
        ("a + b * a", "a b"),
        ("max(a, len(b))", "a b"),
        ("block.expansion * block", "block block.expansion"),
        ("a.b.c", "a.b.c"),
        ("[a, b][c] if d else {'e': f}", "a b c d f"),
        ("f'{a}_{b + 1}'", "a b"),
        ("a < b < c and not d", "a b c d"),
    ],
)
def test_names_are_those_that_are_read(text: str, names: str) -> None:
    assert names_of(read(text)) == frozenset(names.split())


_DIFFERENT = (
    "1",
    "1.0",
    "True",
    "'1'",
    "-1",
    "0.0",
    "-0.0",
    "a",
    "a.b",
    "a + 1",
    "a - 1",
    "[1]",
    "(1,)",
    "f(1)",
    "f()",
)


@pytest.mark.parametrize("left", _DIFFERENT)
@pytest.mark.parametrize("right", _DIFFERENT)
def test_trees_are_the_same_if_all_their_parts_are(left: str, right: str) -> None:
    assert same(read(left), read(right)) is (left == right)


def test_how_a_part_is_used_does_not_matter() -> None:
    assert same(ast.Name("a"), ast.Name("a", ast.Store()))
    assert same(read("u'a'"), read("'a'"))
