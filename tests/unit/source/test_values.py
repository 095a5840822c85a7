"""Places of values, lines of sources, and files."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from archspec.errors import Source, Span, SpecError
from archspec.source import decode_source, load_source, locate, read_document, render

TEXT = "layers:\n  - {filters: 3}\n  - {filters: 4}\n"


def test_locate_finds_values_and_keys() -> None:
    root, _ = read_document(Source("net.yaml", TEXT), json=False)
    value = locate(root, ("layers", 1, "filters"))
    key = locate(root, ("layers", 1, "filters"), key=True)
    assert isinstance(value, Span)
    assert isinstance(key, Span)
    assert (value.text, value.line) == ("4", 3)
    assert (key.text, key.line) == ("filters", 3)


@pytest.mark.parametrize("path", [("layers", 1, "units"), ("layers", 1, "units", 3)])
def test_locate_of_what_is_missing_is_what_it_is_missing_from(path: tuple[str | int, ...]) -> None:
    root, _ = read_document(Source("net.yaml", TEXT), json=False)
    where = locate(root, path)
    assert isinstance(where, Span)
    assert where.text == "{filters: 4}"


def test_locate_in_plain_values_is_the_path_in_words() -> None:
    assert locate({"layers": [{}]}, ("layers", 3, "filters")) == "layers[3].filters"
    assert locate([{}], (0, "odd key")) == "[0]['odd key']"
    assert locate({}, ()) == "the document"


def test_the_values_are_dicts_and_lists() -> None:
    root, _ = read_document(Source("net.yaml", TEXT), json=False)
    assert root == {"layers": [{"filters": 3}, {"filters": 4}]}
    assert copy.deepcopy(root) == root


def test_many_keys_are_located_quickly() -> None:
    root, _ = read_document(Source("net.yaml", "".join(f"k{index}: x\n" for index in range(20_000))), json=False)
    assert all(locate(root, (f"k{index}",)).line == index + 1 for index in range(20_000))  # type: ignore[union-attr]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_source_has_lines(end: str) -> None:
    source = Source("f", end.join(["a", "", "b\x0b\u2028c", ""]))
    assert [source.line(number) for number in range(6)] == ["", "a", "", "b\x0b\u2028c", "", ""]
    where = Span(source, source.text.index("c"), len(source.text))
    assert (where.line, where.column) == (3, 4)


def test_the_end_of_a_text_belongs_to_its_last_line() -> None:
    for text in ("ab", "ab\n", "ab\r\n"):
        where = Span(Source("f", text), len(text), len(text))
        assert (where.line, where.column) == (1, 3)
    assert Span(Source("f", ""), 0, 0).line == 1


def test_a_file_is_read_as_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\r\n")
    source = load_source(path)
    assert (source.name, source.text) == (str(path), "a: é\r\n")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_utf8_are_shown_where_they_stand(mark: bytes) -> None:
    with pytest.raises(SpecError) as caught:
        decode_source("net.yaml", mark + b"\xc3\xa9: 1\nb: caf\xe9\n")
    (fault,) = caught.value.diagnostics
    assert isinstance(fault.where, Span)
    assert (fault.code, fault.where.line, fault.where.column) == ("not-utf8", 2, 7)
    assert "0xE9" in fault.message
    assert "caf" in render([fault])


def test_utf16_is_named() -> None:
    with pytest.raises(SpecError, match="UTF-16"):
        decode_source("net.yaml", "a: 1".encode("utf-16"))


@pytest.mark.parametrize("name", ["missing.yaml", "", "nul\0.yaml"])
def test_what_is_no_file_is_a_diagnostic(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError, match="cannot be read") as caught:
        load_source(tmp_path / name)
    assert caught.value.diagnostics[0].code == "unreadable-file"
