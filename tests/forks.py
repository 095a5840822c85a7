"""Programs of Python in forks of one process that has imported the frameworks: an import takes 3 to 7 seconds."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
# Triton before TensorFlow: archspec_tensorflow.runtime says why.
_CONTEXT.set_forkserver_preload(["triton", "torch.distributed.fsdp", "keras", "grain.python"])


class Fork:
    """`python COMMAND` in a fork, whose output goes to a file. Its methods are those of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self._process = _CONTEXT.Process(target=_run, args=(command, dict(environment), log))
        self._process.start()

    def poll(self) -> int | None:
        """Its exit code, or its negative signal; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Its exit code, or its negative signal. Raises `TimeoutExpired`."""
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            assert seconds is not None
            raise subprocess.TimeoutExpired(self.command, seconds)
        return code

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Be the program; what was registered for its end runs too, because the fork ends without it."""
    with log.open("wb", buffering=0) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(command)
    sys.path.insert(0, str(Path(command[0]).parent))
    try:
        runpy.run_path(command[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()
