"""Help says what there is, and teaches by example."""

from __future__ import annotations

import re

import pytest

from archspec.cli import exits
from archspec.cli.app import COMMANDS
from archspec.cli.exits import MEANINGS
from tests.unit.cli.conftest import ROOT, Program
from tests.unit.cli.test_examples import examples


def test_the_commands_are_listed_in_whole_sentences(archspec: Program) -> None:
    outcome = archspec("--help")
    assert outcome.code == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].+\.$", outcome.out, re.MULTILINE)
    assert "..." not in outcome.out.replace("[ARGS]...", "")


def test_every_exit_code_is_explained(archspec: Program) -> None:
    codes = {value for name, value in vars(exits).items() if isinstance(value, int)}
    assert codes == set(MEANINGS)
    help_ = archspec("--help").out
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for code, meaning in MEANINGS.items():
        assert re.search(rf"^    {code} +{re.escape(meaning)}$", help_, re.MULTILINE)
        assert f"{code} {meaning}" in readme


def test_without_a_command_there_is_help(archspec: Program) -> None:
    outcome = archspec()
    assert outcome.code == 2
    assert "Commands:" in outcome.out + outcome.err


@pytest.mark.parametrize("word", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples(archspec: Program, command: str, word: str) -> None:
    outcome = archspec(command, word)
    assert outcome.code == 0
    lines = examples(outcome.out)
    assert len([example for example in lines if f"archspec {command}" in example]) >= 3
    assert max(map(len, outcome.out.splitlines())) <= 81


def test_the_version(archspec: Program) -> None:
    outcome = archspec("--version")
    assert outcome.code == 0
    assert re.fullmatch(r"archspec (\d+\.\d+\.\d+|unknown)\n", outcome.out)
