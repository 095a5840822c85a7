"""What people paste into a spec: tuples of Python, and the braces of shells."""

from __future__ import annotations

import pytest

from archspec.errors import Source, Span
from archspec.source import Sequence, locate, read_document
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


@pytest.mark.parametrize(
    ("text", "meant", "tuples"),
    [
        ("{a: (3, 3), b: 1}", {"a": [3, 3], "b": 1}, 1),
        ("{a: (3, 3)}", {"a": [3, 3]}, 1),
        ("{a: ( 3 , 4 , ) , b: (5,\n 6), c: 2}", {"a": [3, 4], "b": [5, 6], "c": 2}, 2),
        ("{a: ((0, 1), (2, x)), b: {c: (1, 2)}}", {"a": [[0, 1], [2, "x"]], "b": {"c": [1, 2]}}, 2),
        ("[(1, 2), 3, (4,), [(5, 6)], 1]", [[1, 2], 3, [4], [[5, 6]], 1], 3),
        ("{a: &x (1, 2), b: *x}", {"a": [1, 2], "b": [1, 2]}, 1),
        ("{a: (1, 1e999)}", {"a": [1, "1e999"]}, 1),
    ],
)
def test_reading_goes_on_behind_a_tuple(text: str, meant: object, tuples: int) -> None:
    value, faults = read_document(Source("t.yaml", text), json=False)
    assert value == meant
    assert [fault.code for fault in faults] == ["python-tuple"] * tuples


def test_a_tuples_items_are_where_they_stand() -> None:
    text = "[{a: ((10, 1), (2, 3)), b: (4, 5)}]"
    value, _ = read_document(Source("t.yaml", text), json=False)
    assert isinstance(value, Sequence)
    for path, written in (((0, "a"), "((10, 1), (2, 3))"), ((0, "a", 0, 0), "10"), ((0, "b", 1), "5")):
        where = locate(value, path)
        assert isinstance(where, Span)
        assert text[where.start : where.end] == written


def test_quotes_in_a_tuple_end_the_reading() -> None:
    value, faults = read_document(Source("t.yaml", "{a: ('x', 'y'), b: (1, 2)}"), json=False)
    assert value is None
    assert [(fault.code, fault.hint) for fault in faults] == [("python-tuple", "write ['x', 'y']")]
