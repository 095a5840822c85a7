"""YAML texts: which values they are, where these stand, and what is said of texts that are no YAML."""

from __future__ import annotations

import math

import pytest
import yaml

from archspec.errors import Diagnostic, Source, Span
from archspec.source import EMPTY, Mapping, Sequence, read_document, yaml_reader


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers, libyaml's and Python's."""
    monkeypatch.setattr(yaml_reader, "LOADER", getattr(yaml, request.param))


def read(text: str) -> object:
    value, faults = read_document(Source("net.yaml", text), json=False)
    assert faults == ()
    return value


def fault(text: str) -> Diagnostic:
    _, faults = read_document(Source("net.yaml", text), json=False)
    assert len(faults) == 1
    return faults[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("~", None),
        ("", EMPTY),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1e-5", 1e-5),
        ("1.0e-5", 1e-5),
        (".5", 0.5),
        ("+3", 3),
        ("-.inf", -math.inf),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2001-01-01", "2001-01-01"),
        ("'3'", "3"),
        ('"true"', "true"),
        ("$width", "$width"),
        ("$(a * 2)", "$(a * 2)"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_follow_the_core_schema(parser: None, text: str, value: object) -> None:
    found = read(f"a: {text}\n")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


def test_nan_is_a_number(parser: None) -> None:
    assert math.isnan(read("[.nan]")[0])  # type: ignore[index]


def test_positions_are_those_of_the_text(parser: None) -> None:
    text = 'é: "日本"\nlayers:\n  - {name: conv1, size: [3, 5]}\n  - name: x\n    empty:\nlast: |\n  a\n'
    root = read(text)
    assert isinstance(root, Mapping)
    layers = root["layers"]
    assert isinstance(layers, Sequence)
    first, second = layers
    assert isinstance(first, Mapping)
    assert isinstance(second, Mapping)
    assert root.value_span("é").text == "日本"
    assert root.key_span("layers").text == "layers"
    assert layers.item_span(0).text == "{name: conv1, size: [3, 5]}"
    assert first.value_span("size").text == "[3, 5]"
    assert first["size"].item_span(1).text == "5"  # type: ignore[attr-defined]
    assert layers.item_span(1).text == "name: x\n    empty:"
    empty = second.value_span("empty")
    assert (empty.line, empty.column, empty.text) == (5, 11, "")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_do_not_shift_positions(parser: None, end: str, mark: str) -> None:
    root = read(mark + end.join(["a: 1", "b:", "  c: x", ""]))
    assert isinstance(root, Mapping)
    where = root["b"].value_span("c")  # type: ignore[attr-defined]
    assert (where.text, where.line, where.column) == ("x", 3, 6)


def test_an_alias_is_the_value_of_its_anchor(parser: None) -> None:
    root = read("a: &x {k: [1]}\nb: *x\nc: &y 3\nd: *y\ne: &z\nf: [&w , *w]\n")
    assert root == {"a": {"k": [1]}, "b": {"k": [1]}, "c": 3, "d": 3, "e": EMPTY, "f": [EMPTY, EMPTY]}
    assert isinstance(root, Mapping)
    assert root.value_span("a").text == "{k: [1]}"
    assert root.value_span("b").text == "*x"
    assert root.value_span("c").text == "3"


FAULTS = [
    ("a: [1, 2\nb: c\n", "unclosed-bracket", 1, 4, "["),
    ("a: [1, 2", "unclosed-bracket", 1, 4, "["),
    ("- {name: x\n- {name: y}\n", "unclosed-bracket", 1, 3, "{"),
    ("a: [b: }", "wrong-bracket", 1, 8, "}"),
    ("a: {b: c]", "wrong-bracket", 1, 9, "]"),
    ("a: ]", "stray-bracket", 1, 4, "]"),
    ("[a b: c d: e]", "missing-comma", 1, 10, ":"),
    ("a: 1\nbcd\nc: 2\n", "missing-colon", 2, 1, "bcd"),
    ("a: 1\nbcd\n", "missing-colon", 2, 1, "bcd"),
    ("filters:64\nb: 3\n", "missing-space", 1, 8, ":"),
    ("a: {filters:64}\n", "missing-space", 1, 12, ":"),
    ("a: b: c", "second-colon", 1, 5, ":"),
    ("a: x\n  yy: z", "bad-indentation", 2, 3, "yy"),
    ("a:\n  b: 1\n c: 2", "bad-indentation", 3, 2, "c"),
    ("x: [1]\n  b: 2", "bad-indentation", 2, 3, "b"),
    ("a:\n\t- b", "tab", 2, 1, "\t"),
    ("\ta: 1", "tab", 1, 1, "\t"),
    ('a: "x\\q"', "bad-escape", 1, 6, "\\q"),
    ('a: "\\ud800"', "bad-escape", 1, 5, "\\ud800"),
    ('a: "\\UFFFFFFFF"', "bad-escape", 1, 5, "\\UFFFFFFFF"),
    ('a: "abc', "unclosed-quote", 1, 4, '"'),
    ("a: 'it's'", "text-after-quote", 1, 8, "s"),
    ("a: @x", "bad-start", 1, 4, "@"),
    ("- a\nb: c", "mixed-collection", 2, 1, "b"),
    ("a: - b", "stray-dash", 1, 4, "-"),
    ("a: 1\n---\nb: 2", "several-documents", 2, 1, "---"),
    ("a: !!str 5", "tag", 1, 4, "!!str"),
    ("a: &x !t {}", "tag", 1, 7, "!t"),
    ("a: 0\n<<: {b: 1}\n", "merge-key", 2, 1, "<<"),
    ("a: {1: b}", "bad-key", 1, 5, "1"),
    ("{null: b}", "bad-key", 1, 2, "null"),
    ("{[a]: b}", "bad-key", 1, 2, "["),
    ("a: *b", "unknown-alias", 1, 4, "*b"),
    ("a: &b [*b]", "endless-alias", 1, 8, "*b"),
    ("a: {b: $(max(1, 2))}", "cut-expression", 1, 8, "$(max(1, 2))"),
    ("a: {b: $(x[0])}", "cut-expression", 1, 8, "$(x[0])"),
    ("a: " + "9" * 100_000, "bad-number", 1, 4, "9" * 100_000),
    ("a: 1e999", "bad-number", 1, 4, "1e999"),
    ("a: b\x00", "bad-character", 1, 5, "\x00"),
    ("a: \ud800", "bad-character", 1, 4, "\ud800"),
    ("", "empty-document", 1, 1, ""),
    ("# nothing\n", "empty-document", 1, 1, ""),
    ("just text", "no-document", 1, 1, "just text"),
    ("a: 1\nb: 2\na: 3", "duplicate-key", 3, 1, "a"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "marked"), FAULTS, ids=[row[0][:20] for row in FAULTS])
def test_a_fault_is_told_where_it_is(parser: None, text: str, code: str, line: int, column: int, marked: str) -> None:
    found = fault(text)
    assert isinstance(found.where, Span)
    assert (found.code, found.where.line, found.where.column, found.where.text) == (code, line, column, marked)


def test_a_key_given_twice_names_the_first_and_keeps_its_value(parser: None) -> None:
    value, (found,) = read_document(Source("net.yaml", "x: 0\na: 1\na: 2\n"), json=False)
    assert value == {"x": 0, "a": 1}
    assert found.notes == ("the first one is at line 2, column 1",)


def test_both_parsers_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def say(loader: object, text: str) -> tuple[str, str | None]:
        monkeypatch.setattr(yaml_reader, "LOADER", loader)
        found = fault(text)
        return found.message, found.hint

    texts = [row[0] for row in FAULTS if "\\u" not in row[0].lower()]
    assert [say(yaml.CSafeLoader, text) for text in texts] == [say(yaml.SafeLoader, text) for text in texts]


def test_refused_keys_are_all_told(parser: None) -> None:
    value, faults = read_document(Source("net.yaml", "{1: , a: {b: c}, ~: , <<: x, a: 2}"), json=False)
    assert value is None
    assert [fault.code for fault in faults] == ["bad-key", "bad-key", "merge-key", "duplicate-key"]
