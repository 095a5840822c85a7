"""The program as a process: what it imports, colours, pipes, interruptions, and what becomes of bugs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from archspec.errors import OutOfMemoryError
from tests.unit.cli.conftest import SMALL, Program, environment

FRAMEWORKS = ("torch", "torchvision", "tensorflow", "keras", "jax")

WHAT_IS_IMPORTED = """
import json, sys
from archspec.cli import main
for command in sys.argv[1:]:
    sys.argv = ["archspec", *command.split()]
    try:
        main()
    except SystemExit:
        print(json.dumps([command, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""

# A shell's background jobs ignore the signal, and so do their children.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from archspec.cli import main
main()
"""

# Reading typer takes most of the time before the first command.
INTERRUPTED_EARLY = """
import sys
class Interruption:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interruption())
from archspec.cli import main
main()
"""


COMMANDS = [
    "--help",
    "validate small.yaml resnet18",
    "validate wrong.yaml",
    "show resnet18",
    "list",
    "compile small.yaml --backend torch --emit",
    "compile small.yaml --backend tensorflow --emit",
]


def test_neither_a_framework_nor_numpy_is_imported(process: Program) -> None:
    """By none of the commands, one after the other in one process."""
    outcome = process("-c", WHAT_IS_IMPORTED, *COMMANDS)
    found = dict(json.loads(line) for line in outcome.err.splitlines() if line.startswith("["))
    assert list(found) == COMMANDS
    for command, imported in found.items():
        assert "archspec" in imported
        assert not {*FRAMEWORKS, "numpy"} & set(imported), command
    assert all(said in outcome.out for said in ("Usage", "small.yaml: ", "resnet18", "nn.Conv2d", "layers.Conv2D"))


def test_python_m_archspec_is_the_program(process: Program) -> None:
    assert process("-m", "archspec", "validate", "small.yaml", "--variant", "narrow").out.startswith(
        "small.yaml: narrow"
    )
    assert process("-m", "archspec", "validate", "-", stdin=SMALL).code == 0
    assert process("-m", "archspec", "validate", "wrong.yaml").code == 1


def _on_a_screen(folder: Path, *arguments: str, **variables: str) -> str:
    """What the program prints on stderr if that is a terminal."""
    pty = pytest.importorskip("pty")
    mine, its = pty.openpty()
    command = [sys.executable, "-m", "archspec", *arguments]
    variables = {**environment(), **variables}
    with subprocess.Popen(command, cwd=folder, env=variables, stderr=its, stdout=subprocess.DEVNULL) as running:
        os.close(its)
        printed = b""
        while True:
            try:
                piece = os.read(mine, 1000)
            except OSError:  # Linux says so when the other end is closed
                break
            if not piece:
                break
            printed += piece
        running.wait()
    os.close(mine)
    return printed.decode()


def test_errors_are_coloured_on_a_screen_only_and_not_with_no_color(folder: Path, process: Program) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    assert "NO_COLOR" not in plain
    assert "\x1b[1;31merror:" in _on_a_screen(folder, "validate", "wrong.yaml", NO_COLOR="")
    assert "\x1b" not in _on_a_screen(folder, "validate", "wrong.yaml", NO_COLOR="1")
    assert "\x1b" not in process("-m", "archspec", "validate", "wrong.yaml", NO_COLOR="").err


@pytest.mark.parametrize("command", ["show resnet18", "list *", "compile resnet18 --backend torch --emit"])
def test_a_reader_that_stops_reading_is_no_fault(folder: Path, command: str) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "archspec", *command.split()],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    said = running.stderr.read().decode()
    running.stderr.close()
    assert running.wait() == 0
    assert "roken" not in said
    assert "Traceback" not in said


def test_the_verdict_holds_though_nobody_reads(folder: Path) -> None:
    command = f"{sys.executable} -m archspec validate small.yaml wrong.yaml 2>/dev/null | true; exit ${{PIPESTATUS[0]}}"
    assert subprocess.run(["bash", "-c", command], cwd=folder, env=environment(), check=False).returncode == 1


def test_an_interrupted_run_is_quiet(folder: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "validate", "-"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdin is not None
    running.stdin.write(b" " * 200_000)  # more than a pipe holds: once this is done, the program reads
    for _ in range(20):
        # A signal that comes just before Python waits for input is only seen after that.
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            running.wait(2)
            break
    running.kill()
    with suppress(BrokenPipeError):
        running.stdin.close()
    assert running.stderr is not None
    said = running.stderr.read().decode()
    running.stderr.close()
    assert running.returncode == 130
    assert not said.strip()


def test_a_run_that_is_interrupted_before_it_begins_is_quiet(folder: Path) -> None:
    running = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_EARLY], cwd=folder, env=environment(), capture_output=True, check=False
    )
    assert running.returncode == 130
    assert not running.stderr


def test_a_bug_is_told_without_a_traceback(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("by a bug")

    monkeypatch.setattr("archspec.reading.load", fail)
    outcome = archspec("show", "small.yaml")
    assert outcome.code == 70
    assert "please report it: ZeroDivisionError: by a bug" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("error", [MemoryError(), OutOfMemoryError("there is not enough memory for small: ...")])
def test_too_little_memory_is_no_bug(archspec: Program, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("archspec.reading.load", fail)
    outcome = archspec("show", "small.yaml")
    assert outcome.code == 71
    assert outcome.err.startswith("archspec: there is not enough memory")
    assert "report" not in outcome.err


def test_a_bug_is_shown_to_who_asks(archspec: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("by a bug")

    monkeypatch.setattr("archspec.reading.load", fail)
    monkeypatch.setenv("ARCHSPEC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        archspec("show", "small.yaml")
