"""JSON texts: the same values as Python's own reader, their positions, and what is said of texts that are no JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.errors import Source, Span
from archspec.source import Mapping, read_document

TEXTS = st.text(st.characters(max_codepoint=0xFFFD, codec="utf-8"), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@given(st.lists(VALUES), st.sampled_from([None, 0, 2]))
@settings(max_examples=50)
def test_reads_what_python_writes(value: list[object], indent: int | None) -> None:
    assert read_document(Source("net.json", json.dumps(value, indent=indent)), json=True) == (value, ())


@given(st.lists(VALUES))
@settings(max_examples=50)
def test_json_is_the_same_in_yaml(value: list[object]) -> None:
    # YAML's core schema has 1e+16 and JSON's other numbers too.
    assert read_document(Source("net.yaml", json.dumps(value)), json=False) == (value, ())


def test_positions_are_those_of_the_text() -> None:
    root, _ = read_document(Source("net.json", '{"é": "a", "b\\n": [1, {"c": -2.5}],\n "d" : null}'), json=True)
    assert isinstance(root, Mapping)
    assert root.key_span("é").text == "é"
    assert root.key_span("b\n").text == '"b\\n"'
    assert root.value_span("b\n").text == '[1, {"c": -2.5}]'
    assert root["b\n"].item_span(1).text == '{"c": -2.5}'  # type: ignore[attr-defined]
    assert (root.value_span("d").text, root.value_span("d").line) == ("null", 2)


FAULTS = [
    ("[1, 2,]", "trailing-comma", 6, ",", "no comma after the last"),
    ('{"a": 1,}', "trailing-comma", 8, ",", "no comma after the last"),
    ("[[1],]", "trailing-comma", 5, ",", "no comma after the last"),
    ("// x\n[]", "syntax", 1, "/", "no comments"),
    ("[1, # x\n2]", "syntax", 5, "#", "no comments"),
    ("{'a': 1}", "syntax", 2, "'", "double quotes"),
    ("{a: 1}", "syntax", 2, "a", "double quotes"),
    ("[NaN]", "syntax", 2, "NaN", "no such number"),
    ("[1, -Infinity, 2]", "syntax", 5, "-Infinity", "no such number"),
    ("[True]", "syntax", 2, "True", "true, false and null"),
    ("[01]", "syntax", 2, "01", "leading zeros"),
    ("[.5]", "syntax", 2, ".5", "leading zeros"),
    ("[1 2]", "syntax", 4, "2", None),
    ('{"a" 1}', "syntax", 6, "1", None),
    ("[1, [2]", "unclosed-bracket", 1, "[", '"]" is missing'),
    ('{"a":', "unclosed-bracket", 1, "{", '"}" is missing'),
    ('["a', "unclosed-quote", 2, '"', None),
    ('["a\nb"]', "unclosed-quote", 2, '"', None),
    ('["\t"]', "bad-character", 3, "\t", "\\u0009"),
    ('["\\q"]', "bad-escape", 3, "\\q", "\\\\"),
    ('["\\ud800"]', "bad-escape", 2, '"\\ud800"', None),
    ("[1e999]", "bad-number", 2, "1e999", None),
    ("[1]x", "syntax", 4, "x", None),
    ("", "empty-document", 1, "", "a spec is"),
    ("null", "empty-document", 1, "", "a spec is"),
    ("3", "no-document", 1, "3", "a spec is"),
    ('{"a": 1, "a": 2}', "duplicate-key", 11, "a", None),
]


@pytest.mark.parametrize(("text", "code", "column", "marked", "hint"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_fault_is_told_where_it_is(text: str, code: str, column: int, marked: str, hint: str | None) -> None:
    _, (found,) = read_document(Source("net.json", text), json=True)
    assert isinstance(found.where, Span)
    assert (found.code, found.where.column, found.where.text) == (code, column, marked)
    assert hint in found.hint if hint and found.hint else hint == found.hint
