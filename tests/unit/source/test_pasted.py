"""What people paste into a spec: tuples of Python, and the braces of shells."""

from __future__ import annotations

import pytest

from archspec.errors import Source, Span
from archspec.source import Sequence, locate, read_document
from archspec.source.pasted import as_list, as_value, tuple_at


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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(3, 3)", [3, 3]),
        ("(3,)", [3]),
        ("( 3 , 4 , )", [3, 4]),
        ("((0, 1), (2, 3))", [[0, 1], [2, 3]]),
        ("('same', 1.5, $k)", ["same", 1.5, "$k"]),
    ],
)
def test_a_text_that_is_a_tuple_is_a_list(text: str, value: object) -> None:
    assert as_value(text) == value


@pytest.mark.parametrize(
    "text", ["(3, 3", "()", "(a b)", "(a)", "(3)", "(3, 3) x", "3", "", "(((1)))", "(1,,2)", "[3, 3]", "(1, 2" * 10**5]
)
def test_any_other_text_is_itself(text: str) -> None:
    assert as_value(text) is text


def test_a_long_tuple_is_given_up_soon() -> None:
    assert tuple_at("(" * 10**6, 0) is None
    assert tuple_at("(" + "1, " * 10**6 + ")", 0) is None


@pytest.mark.parametrize("text", ["a: (b c)", "a: (1, 2)", "a: x (1, 2)", "{a: (b), c: d (e)}", "{a: $, b: c$}"])
def test_other_parentheses_and_dollars_are_texts(text: str) -> None:
    assert read_document(Source("t.yaml", text), json=False)[1] == ()


@pytest.mark.parametrize(
    ("text", "value", "hints"),
    [
        ("{a: $(max(1, 2)), b: 1}", {"a": "$(max(1, 2))", "b": 1}, ['"$(max(1, 2))"']),
        ("{a: $(f(1, (2, 3)) + g(4, 5))}", {"a": "$(f(1, (2, 3)) + g(4, 5))"}, ['"$(f(1, (2, 3)) + g(4, 5))"']),
        ("[$(a(1, 2)), {b: $(c(3, 4))}]", ["$(a(1, 2))", {"b": "$(c(3, 4))"}], ['"$(a(1, 2))"', '"$(c(3, 4))"']),
        ("{a: $(b[0]), c: 1}", None, ['"$(b[0])"']),
        ("{a: $b[0], c: 1}", None, ['"$b[0]"']),
        ("[$b[0], 1]", None, ['"$b[0]"']),
        ('{a: $(b("x", 1)), c: 1}', None, ["'$(b(\"x\", 1))'"]),
        ("{a: $(b(1, 2)c, d: 1}", None, [None]),
    ],
)
def test_an_expression_that_yaml_cuts_is_told_whole(text: str, value: object, hints: list[str | None]) -> None:
    found, faults = read_document(Source("t.yaml", text), json=False)
    assert found == value
    assert [fault.code for fault in faults] == ["cut-expression"] * len(hints)
    for fault, hint in zip(faults, hints, strict=True):
        assert hint is None or fault.hint == f"write {hint}"


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
