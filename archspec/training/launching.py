"""Runs a program in one process or in several that work together, to the end of all."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from archspec.signals import handed_on

PATIENCE = 60.0
"""The seconds that processes have to end by themselves, after one of them has ended early."""

LAST_PATIENCE = 10.0
"""The seconds between a request to end and the end of a process that does not follow it."""

INTERRUPTIONS = tuple(128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
"""The program's exit codes after an interruption that kept a checkpoint."""

_RECORDED = Path(__file__).with_name("recorded.py")

_PAUSE = 0.1
"""The seconds between two looks at the processes."""

_LAST_LINES = 5

_ENDED_BY_OTHERS = tuple(-number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
"""The exit codes of processes that had no fault."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How processes ended: their exit codes, negative for signals, and the rank of the one that failed first."""

    codes: tuple[int, ...]
    failed: int | None = None

    @property
    def code(self) -> int:
        """The exit code of all: 0, or that of the process that failed first, or of an interruption."""
        return self.codes[self.failed] if self.failed is not None else max(self.codes)

    @property
    def fate(self) -> str:
        """What ended the training. Of several that failed, one tells the others, and may end after them."""
        if self.code > 0:
            return f"the training ended with the exit code {self.code}, for the reason above"
        who = "the training" if len(self.codes) == 1 else f"process {self.failed}"
        reason = ", as for lack of memory" if -self.code == signal.SIGKILL else ""
        return f"{who} was ended by the signal {signal.Signals(-self.code).name}{reason}"


def run_together(program: Path, arguments: Sequence[str], environments: Sequence[Mapping[str, str]]) -> Outcome:
    """Run a program in a process for each environment, and wait for all.

    Process 0 has the terminal. If processes fail, what the others say is told once, with their ranks. Signals are
    handed on. After one has failed, the others have a minute to end by themselves, and are then ended.
    """
    processes: list[subprocess.Popen[bytes]] = []
    with TemporaryDirectory() as place, handed_on(processes):
        folder = Path(place)
        try:
            for rank, environment in enumerate(environments):
                command = _command(program, arguments, folder / str(rank) if len(environments) > 1 else None)
                processes.append(_start(command, environment, _log(folder, rank) if rank else None))
            failed = _wait(processes)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        outcome = Outcome(tuple(process.returncode for process in processes), failed)
        if failed is not None:
            _tell(folder, outcome)
    return outcome


def _command(program: Path, arguments: Sequence[str], record: Path | None) -> list[str]:
    if record is None:
        return [sys.executable, str(program), *arguments]
    return [sys.executable, "-P", str(_RECORDED), str(record), str(program), *arguments]


def _start(command: Sequence[str], environment: Mapping[str, str], log: Path | None) -> subprocess.Popen[bytes]:
    """Start a process, which has the terminal or writes to a log."""
    if log is None:
        return subprocess.Popen(command, env=environment)
    with log.open("wb") as file:
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file)


def _log(folder: Path, rank: int) -> Path:
    return folder / f"{rank}.log"


def _wait(processes: Sequence[subprocess.Popen[bytes]]) -> int | None:
    """Wait for all processes; the rank of the one that failed first, if one did.

    Of several that ended at the same time, it is one that was ended by a signal.
    """
    failed, end, ended = None, float("inf"), False
    while any(process.poll() is None for process in processes):
        codes = [process.returncode or 0 for process in processes]
        if any(codes) and end == float("inf"):
            end = time.monotonic() + PATIENCE
        failed = _failed(codes) if failed is None else failed
        if time.monotonic() > end:
            for process in processes:
                (process.kill if ended else process.terminate)()
            ended, end = True, time.monotonic() + LAST_PATIENCE
        time.sleep(_PAUSE)
    return _failed([process.returncode for process in processes]) if failed is None else failed


def _failed(codes: Sequence[int]) -> int | None:
    """The rank of a process that failed."""
    ranks = [rank for rank, code in enumerate(codes) if code not in (0, *INTERRUPTIONS)]
    return min(ranks, key=lambda rank: (codes[rank] > 0, rank), default=None)


def _tell(folder: Path, outcome: Outcome) -> None:
    """Show what processes said before they failed, but for what process 0 said itself."""
    crashed = None if outcome.code in _ENDED_BY_OTHERS else outcome.failed
    words = {rank: _words(folder, rank, rank == crashed) for rank in range(len(outcome.codes))}
    ranks: dict[str, list[int]] = {}
    for rank, text in words.items():
        if outcome.codes[rank] and text:
            ranks.setdefault(text, []).append(rank)
    for text, own in ranks.items():
        if own[0] != 0:
            who = f"process {own[0]}" if len(own) == 1 else f"processes {', '.join(map(str, own))}"
            print(f"{who}:\n{text}", file=sys.stderr, flush=True)


def _words(folder: Path, rank: int, crashed: bool) -> str:
    """The words with which a process failed; of one that Python did not end, the last lines of what it said."""
    record, log = folder / str(rank), _log(folder, rank)
    if record.exists():
        return record.read_text(encoding="utf-8").strip()
    if not crashed or not log.exists():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]).strip()
