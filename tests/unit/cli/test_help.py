"""Help teaches by example, and its examples are true."""

from __future__ import annotations

import re
import shlex
import shutil
from itertools import pairwise

import pytest

from archspec.cli import exits
from archspec.cli.app import COMMANDS
from archspec.cli.exits import MEANINGS
from archspec.zoo import spec_files
from tests.unit.cli.conftest import ROOT, Program


def _examples(text: str) -> list[str]:
    """The lines under "Examples:"."""
    block = re.search(r"^  Examples:\n((?:    .+\n)+)", text, re.MULTILINE)
    return [] if block is None else [line.strip() for line in block[1].splitlines()]


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
    examples = _examples(outcome.out)
    assert len(examples) >= 3
    assert all(f"archspec {command}" in example for example in examples)
    assert max(map(len, outcome.out.splitlines())) <= 81


@pytest.mark.parametrize("command", ["compile", "parity", "show", "validate"])
def test_the_examples_name_variants_params_and_inputs_that_are_there(archspec: Program, command: str) -> None:
    for path in spec_files():
        shutil.copy(path, ".")
    for example in _examples(archspec(command, "--help").out):
        words = shlex.split(example.partition(" > ")[0])
        if "|" in words or "*" in example or "my_network" in example:
            continue
        kept = [words[2]]
        for option, value in pairwise(words[3:]):
            is_file = option == "--input" and value.endswith((".npy", ".npz"))
            kept += [option, value] if option in {"--variant", "--set", "--input"} and not is_file else []
        assert archspec("show", *kept).code == 0, example


def test_examples_of_list_and_show_run(archspec: Program) -> None:
    for path in spec_files():
        shutil.copy(path, ".")
    for command in ("list", "show"):
        for example in _examples(archspec(command, "--help").out):
            outcome = archspec(*shlex.split(example)[1:])
            assert outcome.code == 0, example
            assert outcome.out


def test_the_version(archspec: Program) -> None:
    outcome = archspec("--version")
    assert outcome.code == 0
    assert re.fullmatch(r"archspec (\d+\.\d+\.\d+|unknown)\n", outcome.out)
