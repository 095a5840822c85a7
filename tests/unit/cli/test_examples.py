"""The examples of every --help run as they are pasted, one after the other, in an empty folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from inspect import cleandoc
from itertools import chain, pairwise
from pathlib import Path

import pytest
import typer

from archspec import load
from archspec.cli.app import COMMANDS, GROUPS, app
from archspec.cli.recognised import AUTO
from archspec.timing.turns import LEAST_ROUNDS
from tests.unit.cli.conftest import Outcome, Program, environment

FOLDERS = ("run", "l5")
"""The folders that `train -o` and `compile -o` write in examples, as arguments in place of a spec."""

HELPS: dict[str, Callable[..., None]] = {
    **COMMANDS,
    **{f"{group} {name}": command for group, commands in GROUPS.items() for name, command in commands.items()},
}
"""Every command by its words."""

WRITTEN = ("model.safetensors", "model.weights.h5")
"""The weights that `compile -o FOLDER` leaves in the folder."""


def examples(text: str) -> list[str]:
    """The commands under "Examples:"; one that goes on in the next line is one."""
    block = re.search(r"^ *Examples:\n((?: +\S.*\n?)+)", text, re.MULTILINE)
    return [] if block is None else [line.strip() for line in re.sub(r"\\\n *", "", block[1]).splitlines()]


def _of(command: str) -> list[str]:
    return examples(cleandoc(HELPS[command].__doc__ or ""))


def _words(example: str) -> list[str]:
    """The words behind `archspec`, without what a shell does around it."""
    return shlex.split(example.rpartition(" | ")[2].partition(" > ")[0])[1:]


def _is_python(example: str) -> bool:
    return example.startswith("python ")


def _needs_a_framework(example: str) -> bool:
    command, *words = _words(example)
    in_memory = command == "compile" and "--emit" not in words
    always = {"export", "parity", "bench", "weights", "import", "train", "evaluate", "predict"}
    return command in always or in_memory or _is_python(example)


EXAMPLES = [(command, example) for command in HELPS for example in _of(command)]


@pytest.fixture
def run(archspec: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Outcome]:
    """What a shell makes of an example in an empty folder, which is the same for all examples of a test.

    Those that need no shell run in this process: one of their own imports both frameworks.
    """
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(example: str) -> Outcome:
        if not set("|<>&;$`") & set(example):
            program, *words = shlex.split(example)
            assert program == "archspec"
            return archspec(*words)
        done = _in_a_shell(example, folder)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


def _in_a_shell(example: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The example as it is pasted, where `archspec` and `python` are these."""
    programs = folder.parent / f"{folder.name}-bin"
    programs.mkdir(exist_ok=True)
    for name, words in {"archspec": "-m archspec ", "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        (programs / name).chmod(0o755)
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    return subprocess.run(
        ["sh", "-c", example], cwd=folder, env=environment(PATH=path), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", HELPS)
def test_each_help_has_examples(command: str) -> None:
    assert len(_of(command)) >= 3


@pytest.mark.parametrize("example", sorted({each for _, each in EXAMPLES if not _needs_a_framework(each)}))
def test_an_example_runs_in_an_empty_folder(run: Callable[[str], Outcome], example: str) -> None:
    outcome = run(example)
    assert outcome.code == 0, outcome.err
    assert outcome.out or any(Path.cwd().iterdir())


@pytest.mark.parametrize(
    "example", sorted({each for _, each in EXAMPLES if _needs_a_framework(each) and not _is_python(each)})
)
def test_an_example_for_a_framework_is_understood(example: str) -> None:
    name, *words = _words(example)
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    while hasattr(command, "commands"):
        name, *words = words
        command = command.commands[name]
    values = command.make_context(name, words).params
    spec = values.get("spec") or values.get("network")
    if spec not in {None, AUTO, *FOLDERS}:
        settings = dict(each.split("=") for each in values["set_"] or ())
        load(spec, variant=values["variant"], params={key: int(value) for key, value in settings.items()})


@pytest.mark.parametrize("command", HELPS)
def test_an_example_reads_only_what_one_before_it_wrote(command: str) -> None:
    written: set[str] = set()
    for example in _of(command):
        words = _words(example)
        target = next((words[index + 1] for index, word in enumerate(words) if word in {"-o", "--output"}), "")
        read = {
            word
            for word in words
            if not _is_python(example) and Path(word).suffix in {".safetensors", ".h5", ".pth", ".keras"}
        } - {target}
        assert read <= written, example
        written |= {target, *(f"{target}/{file}" for file in WRITTEN), *re.findall(r"save\('([^']+)'\)", example)}


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted({command for command, each in EXAMPLES if _needs_a_framework(each)}))
def test_all_examples_of_a_help_run_one_after_the_other(run: Callable[[str], Outcome], command: str) -> None:
    """Measurements have fewer rounds than usual."""
    for example in _of(command):
        usual = command == "bench" and "--rounds" not in example
        outcome = run(f"{example} --rounds {LEAST_ROUNDS}" if usual else example)
        assert outcome.code == 0, f"{example}\n{outcome.err}"


def test_no_example_names_a_file_that_nobody_has() -> None:
    words = chain.from_iterable(pairwise(_words(example)) for _, example in EXAMPLES)
    ends = (".yaml", ".yml", ".json", ".py")
    assert not [word for before, word in words if word.endswith(ends) and before not in {"-o", "--output", "--json"}]
