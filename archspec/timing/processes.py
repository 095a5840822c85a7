"""Calls a function in a process of its own.

What goes in and comes out is pickled: both processes are the same program, and nothing else writes to their pipes.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

from archspec.errors import ArchspecError

R = TypeVar("R")

_CHILD = "archspec.timing.child"


class ProcessEnded(ArchspecError):
    """The process ended before it had a result, as for lack of memory."""


def in_process(environment: Mapping[str, str], function: Callable[..., R], *arguments: object) -> R:
    """The result of a function of a module, called in a new process with more variables of the environment.

    An `ArchspecError` or `MemoryError` of the function is raised here too. Raises `ProcessEnded` after a signal, and
    `RuntimeError` for other exceptions, with a traceback on stderr.
    """
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    done = subprocess.run(
        [sys.executable, "-P", "-m", _CHILD],
        input=pickle.dumps((function, arguments)),
        stdout=subprocess.PIPE,
        env={**os.environ, **environment, "PYTHONPATH": paths},
        check=False,
    )
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise ProcessEnded(f"the process of the measurement was ended by the signal {name}, as for lack of memory")
    if done.returncode:
        raise RuntimeError(f"the process of the measurement ended with the exit code {done.returncode}")
    error, result = pickle.loads(done.stdout)
    if error is not None:
        raise error
    found: R = result
    return found
