"""Bad specs, and what `archspec validate` prints for each, byte for byte.

Each case is a spec in `specs/`, an entry in `cases.toml` that says which words the carets must be under, and the
expected text in `specs/CASE.txt`. A new one: write the spec and the entry, run `pytest tests/diagnostics --regenerate`,
and read the text that it wrote as a user would.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.diagnostics.program import SPECS, Told, messages, run


@dataclass(frozen=True)
class Case:
    """A spec, and the words that its messages point at; `cases.toml` says how they are written."""

    name: str
    spec: str
    carets: list[str]
    arguments: list[str]
    exit_code: int

    @property
    def expected(self) -> Path:
        return SPECS / f"{self.name}.txt"


def _cases() -> list[Case]:
    with (SPECS.parent / "cases.toml").open("rb") as file:
        entries = tomllib.load(file)
    return [
        Case(
            name,
            entry.get("spec") or next(path.name for path in SPECS.glob(f"{name}.*") if path.suffix != ".txt"),
            entry["carets"],
            entry.get("arguments", []),
            entry.get("exit", 1),
        )
        for name, entry in entries.items()
    ]


CASES = _cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_bad_spec_prints(
    case: Case,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = run("validate", case.spec, *case.arguments, capture=capsys, monkeypatch=monkeypatch)
    if request.config.getoption("--regenerate", default=False):
        case.expected.write_bytes(outcome.err.encode())
    assert outcome.err.encode() == case.expected.read_bytes()
    assert outcome.code == case.exit_code
    assert "Traceback" not in outcome.err
    told = list(messages(outcome.err))
    assert len(told) == len(case.carets)
    for message, word in zip(told, case.carets, strict=True):
        _check_carets(message, word)
        _check_place(case, message, word)
    places = [(message.line, message.column) for message in told]
    assert places == sorted(places), "not in the order of the text"


def _check_carets(message: Told, word: str) -> None:
    """The word is above the carets, without what could move the cursor."""
    if word in ("", "\t"):
        assert len(message.marked) <= 1 or message.marked.isspace()
        return
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in word.removesuffix("..."))
    assert message.marked == shown


def _check_place(case: Case, message: Told, word: str) -> None:
    """The word is where line and column say, counted in characters, without a byte order mark."""
    if message.file != case.spec:
        return
    data = (SPECS / case.spec).read_bytes()
    text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8-sig", "replace")
    line = (text.splitlines() or [""])[message.line - 1]
    assert message.column <= len(line) + 1
    assert line[message.column - 1 :].startswith(word.removesuffix("..."))


def test_every_spec_is_a_case() -> None:
    specs = {path.name for path in SPECS.iterdir() if path.suffix in (".yaml", ".json")}
    texts = {path.stem for path in SPECS.glob("*.txt")}
    assert specs == {case.spec for case in CASES}
    assert texts == {case.name for case in CASES}
    assert len(CASES) >= 75
