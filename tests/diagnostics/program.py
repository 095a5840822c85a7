"""The program as a user runs it, in this process, and what its messages point at."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archspec.cli import main

SPECS = Path(__file__).parent / "specs"

_HEAD = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<severity>\w+): .+ \[(?P<code>[a-z0-9-]+)\]")
_EXCERPT = re.compile(r"\d+ \|(?: (?P<text>.*))?")
_CARETS = re.compile(r" +\| (?P<before> *)(?P<carets>\^+)")


@dataclass(frozen=True)
class Outcome:
    """What a run left: its exit code and what it printed."""

    code: object
    out: str
    err: str


@dataclass(frozen=True)
class Told:
    """A message as it was printed. `marked` is what stands above its carets, `excerpt` the line that is shown."""

    file: str
    line: int
    column: int
    severity: str
    code: str
    excerpt: str
    marked: str


def run(*arguments: str, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """`archspec ARGUMENTS`, run in the folder of the specs, so that messages name files without folders."""
    monkeypatch.chdir(SPECS)
    monkeypatch.setattr(sys, "argv", ["archspec", *arguments])
    capture.readouterr()
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    printed = capture.readouterr()
    return Outcome(code, printed.out, printed.err)


def messages(text: str) -> Iterator[Told]:
    """The messages in what was printed; each has a place, the line, and carets under a part of it."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        head = _HEAD.fullmatch(line)
        if head is None:
            continue
        excerpt, carets = _EXCERPT.fullmatch(lines[index + 2]), _CARETS.fullmatch(lines[index + 3])
        assert excerpt is not None, f"no line after: {line}"
        assert carets is not None, f"no carets after: {line}"
        shown = excerpt["text"] or ""
        marked = _columns(shown, len(carets["before"]), len(carets["carets"]))
        yield Told(head["file"], int(head["line"]), int(head["column"]), head["severity"], head["code"], shown, marked)


def _columns(text: str, start: int, width: int) -> str:
    """The characters in these columns of a terminal; behind the text there are none."""
    found, column = "", 0
    for character in text:
        if start <= column < start + width:
            found += character
        if not unicodedata.combining(character):
            column += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return found
