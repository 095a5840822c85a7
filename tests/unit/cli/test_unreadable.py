"""A file that is missing or cannot be read ends every command with 2, whatever the file is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Program

COMMANDS = {
    "spec": ("show", "FILE.yaml"),
    "spec without an ending": ("show", "FILE"),
    "several specs": ("validate", "small.yaml", "FILE.yaml"),
    "a wrong spec too": ("validate", "wrong.yaml", "FILE.yaml"),
    "spec of a compilation": ("compile", "FILE.json", "-b", "torch", "--emit"),
    "spec of weights": ("weights", "show", "weights.pth", "--network", "FILE.yaml"),
    "checkpoint": ("weights", "show", "FILE.pth"),
    "Keras's checkpoint": ("weights", "show", "FILE.weights.h5"),
    "checkpoint to convert": ("weights", "convert", "FILE.pth", "-n", "small.yaml", "--to", "torch", "-o", "x.pth"),
    "map": ("weights", "convert", "w.pth", "-n", "small.yaml", "--map", "FILE.yaml", "--to", "torch", "-o", "x.pth"),
    "input": ("parity", "small.yaml", "--input", "FILE.npy"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_a_file_that_cannot_be_read(archspec: Program, folder: Path, kind: str, words: tuple[str, ...]) -> None:
    (name,) = {word.replace("FILE", "other") for word in words if "FILE" in word}
    if kind == "folder":
        (folder / name).mkdir()
    outcome = archspec(*(word.replace("FILE", "other") for word in words))
    assert outcome.code == 2, outcome.err
    assert "other" in outcome.err
    assert "Traceback" not in outcome.err
