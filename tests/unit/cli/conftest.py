"""The program, run as a user runs it: in this process, or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from archspec.cli import main

ROOT = Path(__file__).parents[3]

SMALL = """\
archspec: 1
name: small
params: {width: 4, classes: 3}
variants:
  narrow: {}
  broad: {width: 8}
inputs: {image: [6, 6, 2]}
layers:
  - {name: conv, layer_type: Conv2D, filters: $width, kernel_size: 3, activation: relu}
  - {layer_type: GlobalAveragePooling2D}
  - {name: fc, layer_type: Dense, units: $classes}
"""

WRONG = """\
inputs: {image: [6, 6, 2]}
layers:
  - {layer_type: Conv2d, filters: 4, kernel_size: 3}
  - {layer_type: Dense, units: 10, actvation: relu}
"""


@dataclass(frozen=True)
class Outcome:
    """What a run left."""

    code: object
    out: str
    err: str


Program = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a good spec and a bad one in it."""
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "wrong.yaml").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def archspec(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """`archspec ARGUMENTS` in this process, in `folder`; `stdin` is what it is given to read."""

    def run(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["archspec", *arguments])
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin.encode())))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return Outcome(end.value.code or 0, printed.out, printed.err)

    return run


@pytest.fixture
def process(folder: Path) -> Program:
    """Python with these arguments in a process of its own, in `folder`."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, *arguments],
            input=stdin,
            cwd=folder,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


def environment(**variables: str) -> dict[str, str]:
    """This process's environment, in which archspec is found."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "backends")])
    return {**os.environ, "PYTHONPATH": path, **variables}
