"""What people paste into a spec: tuples of Python, and the braces of shells."""

from __future__ import annotations

import pytest

from archspec.errors import Source
from archspec.source import read_document
from archspec.source.pasted import as_list, list_hint, tuple_at


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("(3, 3)", "[3, 3]"),
        ("(3,)", "[3]"),
        ("( 3 , 4 , )", "[ 3 , 4]"),
        ("((0, 1), (2, 3))", "[[0, 1], [2, 3]]"),
        ("('same', 1.5, None)", "['same', 1.5, None]"),
        ("(-1)", "-1"),
    ],
)
def test_a_tuple_is_told_as_a_list(written: str, meant: str) -> None:
    assert tuple_at(f"x: {written}, y", 3) == written
    assert as_list(written) == meant
    assert list_hint(written) == f"write {meant}"


@pytest.mark.parametrize("text", ["(3, 3", "()", "(a b)", "(3, 3) x", "3", "", None, 3, [3, 3], "(((1)))", "(1,,2)"])
def test_what_is_no_tuple_has_no_hint(text: object) -> None:
    assert list_hint(text) is None


def test_a_long_tuple_is_given_up_soon() -> None:
    assert tuple_at("(" * 10**6, 0) is None
    assert tuple_at("(" + "1, " * 10**6 + ")", 0) is None


@pytest.mark.parametrize("text", ["a: (b c)", "a: (1, 2)", "a: x (1, 2)", "{a: (b), c: d (e)}", "{a: $, b: c$}"])
def test_other_parentheses_and_dollars_are_texts(text: str) -> None:
    assert read_document(Source("t.yaml", text), json=False)[1] == ()
