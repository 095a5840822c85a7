"""Advice names arguments to Python's callers and options to those of the command line."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import archspec
from archspec.advice import Advice, Message, Settings
from archspec.cli.advice import said

ROOM = Path(archspec.__file__).parent
OPTION = re.compile(r"(?<![-\w])--[a-z]")


def texts(file: Path) -> Iterator[str]:
    """The texts in a module that are no docstrings."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_only_the_command_line_names_options() -> None:
    # The printer has the options of ruff; runs and running have those of an emitted train.py.
    others = {ROOM / "program" / "printing.py", ROOM / "training" / "runs.py", ROOM / "training" / "running.py"}
    files = [file for file in ROOM.rglob("*.py") if ROOM / "cli" not in file.parents and file not in others]
    assert len(files) > 100
    assert [(file.name, text) for file in files for text in texts(file) if OPTION.search(text)] == []


def test_a_missing_input_is_told_in_the_callers_words() -> None:
    with pytest.raises(archspec.SpecError) as caught:
        archspec.load({"archspec": 1, "layers": [{"layer_type": "Flatten"}]})
    assert 'or load it with inputs={"image": (224, 224, 3)}' in str(caught.value)
    hint = caught.value.diagnostics[0].hint
    assert hint is not None
    assert said(hint).endswith("or say it to the command: --input 224,224,3")


@pytest.mark.parametrize("again", [copy.deepcopy, lambda advice: pickle.loads(pickle.dumps(advice))])
def test_advice_keeps_its_words_in_a_copy(again: object) -> None:
    advice = again(Advice.of("{force} replaces {file}", file="{force}.py"))  # type: ignore[operator]
    assert advice == "force=True replaces {force}.py"
    assert said(advice) == "--force replaces {force}.py"
    assert said(FileExistsError(advice)) == said(advice)


def test_settings_of_params_are_written_as_the_caller_gives_them() -> None:
    message = Message("It fits.", settings=Settings({"imagenet": True, "activation": "softmax"}, "gives it"))
    assert message.said() == 'It fits.\nparams={"imagenet": True, "activation": \'softmax\'} gives it'
    assert said(message) == "It fits.\n--set imagenet=true --set activation=softmax gives it"
