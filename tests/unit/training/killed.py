"""Runs the programs of runs again and again, and kills them at random moments: `killed.py BACKEND RUN KILLS ...`.

Each process is a fork of this one, which has imported the framework. A program ends after its last kill.
"""

from __future__ import annotations

import importlib
import os
import random
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FRAMEWORKS = {"torch": "torch", "tensorflow": "keras"}

SEED = 1

CHANCE = 0.08
"""The chance that a step is the last one, or that a file is left half written."""


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_soon(seconds: float) -> None:
    time.sleep(seconds)
    _kill()


def _with_kills(numbers: random.Random) -> None:
    """Make the modules of the program end the process at some steps, and in the midst of some files."""
    journal = importlib.import_module("journal")
    count, replace = journal.Journal.count, journal.replace

    def count_and_die(self: Any) -> None:
        count(self)
        if numbers.random() < CHANCE:
            threading.Thread(target=_kill_soon, args=(numbers.uniform(0, 0.02),), daemon=True).start()

    def replace_or_die(file: Path, write: Callable[[Path], None]) -> None:
        def write_half(partial: Path) -> None:
            write(partial)
            if numbers.random() < CHANCE:
                os.truncate(partial, partial.stat().st_size // 2)
                print(f"killed while writing {file.name}", flush=True)
                _kill()

        replace(file, write_half)

    journal.Journal.count, journal.replace = count_and_die, replace_or_die


def _run(run: Path, kill: bool, seed: int) -> int:
    """The exit code of one process, or its negative signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.path.insert(0, str(run))
    if kill:
        _with_kills(random.Random(seed))
    sys.argv = [str(run / "train.py"), "--resume", "--device", "cpu"]
    runpy.run_path(sys.argv[0], run_name="__main__")
    os._exit(0)


def _finish(run: Path, kills: int) -> int:
    """Run one program to its end; its exit code."""
    killed = 0
    while (code := _run(run, killed < kills, SEED + killed)) == -signal.SIGKILL:
        killed += 1
    print(f"{run.name} was killed {killed} times, and ended with {code}")
    return code


def main() -> None:
    importlib.import_module(FRAMEWORKS[sys.argv[1]])
    codes = [_finish(Path(run), int(kills)) for run, kills in zip(sys.argv[2::2], sys.argv[3::2], strict=True)]
    sys.exit(max(codes, key=abs))


if __name__ == "__main__":
    main()
