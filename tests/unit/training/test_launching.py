"""Processes that run a program together: what each is told, what is shown, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from archspec.training import launching
from archspec.training.launching import Outcome, run_together

PATIENCE = 60
"""The seconds that a test waits for processes on a busy machine."""


def _program(folder: Path, text: str) -> Path:
    """A program in which `rank` is the process's number, and `others` waits until another process has ended."""
    program = folder / "program.py"
    program.write_text(f"{BEGIN}\n{text}", encoding="utf-8")
    os.mkfifo(folder / "line")
    return program


BEGIN = """\
import os, signal, sys, time
from pathlib import Path

FOLDER = Path(__file__).parent
rank = int(os.environ["RANK"])

def end_of(other):
    # Nobody writes: the end of the file is that of the process.
    mode = "wb" if rank == other else "rb"
    line = open(FOLDER / "line", mode)
    if rank != other:
        line.read()
    return line
"""


def _environments(count: int) -> list[Mapping[str, str]]:
    return [{**os.environ, "RANK": str(rank)} for rank in range(count)]


def test_each_process_has_its_environment_and_the_arguments(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program = _program(tmp_path, "(FOLDER / f'said_{rank}').write_text(repr(sys.argv))\nprint('process', rank)")
    assert run_together(program, ["--resume"], _environments(3)) == Outcome((0, 0, 0))
    expected = repr([str(program), "--resume"])
    assert [(tmp_path / f"said_{rank}").read_text() for rank in range(3)] == [expected] * 3
    assert capfd.readouterr() == ("process 0\n", "")


def test_a_program_imports_its_neighbours_alone(tmp_path: Path) -> None:
    """A module of the program can have the name of one beside the launcher."""
    (tmp_path / "loop.py").write_text("MINE = True\n")
    assert run_together(_program(tmp_path, "import loop\nassert loop.MINE"), [], _environments(2)).code == 0


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("end", ["sys.exit('the disk is full')", "raise OSError('the disk is full')"])
def test_a_reason_of_all_is_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str], count: int, end: str) -> None:
    outcome = run_together(_program(tmp_path, end), [], _environments(count))
    assert outcome.codes == (1,) * count
    assert outcome.fate == "the training ended with the exit code 1, for the reason above"
    said = capfd.readouterr().err
    assert said.count("the disk is full\n") == 1
    assert "process 1:" not in said


def test_a_reason_of_one_is_told_with_its_rank(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = """
other = end_of(1)
if rank == 1:
    raise ValueError("my image is damaged")
sys.exit("process 1 has failed")
"""
    assert run_together(_program(tmp_path, text), [], _environments(2)).codes == (1, 1)
    said = capfd.readouterr().err
    assert said.count("process 1 has failed") == 1
    assert "process 1:\nTraceback (most recent call last):" in said
    assert said.count("ValueError: my image is damaged") == 1


def test_the_same_reason_of_several_is_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_together(_program(tmp_path, "sys.exit('mine' if rank == 0 else 'ours')"), [], _environments(3))
    said = capfd.readouterr().err
    assert "processes 1, 2:\nours\n" in said
    assert (said.count("mine"), said.count("ours")) == (1, 1)


def test_a_process_that_is_killed_is_named_and_the_others_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One of them ends by itself, one when it is asked to, and one by force. The killed one has no last words."""
    monkeypatch.setattr(launching, "PATIENCE", 1.0)
    monkeypatch.setattr(launching, "LAST_PATIENCE", 1.0)
    text = """
print("a warning", file=sys.stderr, flush=True)
if rank == 3:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (FOLDER / "ready").touch()
if rank == 1:
    while not (FOLDER / "ready").exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
if rank > 1:
    time.sleep(600)
"""
    outcome = run_together(_program(tmp_path, text), [], _environments(4))
    assert outcome.codes == (0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGKILL)
    assert (outcome.failed, outcome.code) == (1, -signal.SIGKILL)
    assert outcome.fate == "process 1 was ended by the signal SIGKILL, as for lack of memory"
    assert capfd.readouterr().err == "a warning\n"


def test_the_last_words_of_a_process_that_python_does_not_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "if rank == 1:\n    print('a library says goodbye', file=sys.stderr, flush=True)\n    os._exit(3)"
    outcome = run_together(_program(tmp_path, text), [], _environments(2))
    assert (outcome.codes, outcome.failed) == ((0, 3), 1)
    assert "process 1:\na library says goodbye\n" in capfd.readouterr().err


DRIVER = """
import os, sys
from pathlib import Path
from archspec.training.launching import run_together

environments = [{**os.environ, "RANK": str(rank)} for rank in range(2)]
outcome = run_together(Path(sys.argv[1]), [], environments)
print(outcome.codes, outcome.failed, outcome.code)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_handed_on_to_all(tmp_path: Path, number: signal.Signals) -> None:
    text = """
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, lambda number, frame: sys.exit(128 + number))
(FOLDER / f"ready_{rank}").touch()
time.sleep(600)
"""
    command = [sys.executable, "-c", DRIVER, str(_program(tmp_path, text))]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as driver:
        end = time.monotonic() + PATIENCE
        while len([*tmp_path.glob("ready_*")]) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)
        driver.send_signal(number)
        out, err = driver.communicate(timeout=PATIENCE)
    code = 128 + number
    assert out == f"({code}, {code}) None {code}\n", err
