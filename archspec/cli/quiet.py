"""Keeps a framework's messages off the terminal, and shows them after a failure.

The C++ code of TensorFlow and PyTorch writes to file descriptor 2, partly before any log level applies, and the lines
depend on the processor and on the release. So the descriptor is redirected while a framework works.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from typing import TextIO

from archspec.errors import ArchspecError

STDERR = 2

PATIENCE = 2.0
"""Seconds to wait for processes that hold the pipe."""

_KEEPER = """\
import sys
kept = b""
while chunk := sys.stdin.buffer.read1(65536):
    kept = (kept + chunk)[-65536:]
sys.stderr.buffer.write(kept)
"""
"""Keeps the last 64 KiB of its input, and prints them at the end of the input. As a process it outlives a crash."""


@contextmanager
def quiet() -> Iterator[TextIO]:
    """Keeps stderr off the terminal; yields a stream that still leads there.

    The kept messages are dropped after success, and after an error of archspec itself. They are shown after any other
    exception, and if a signal ends the process, as after a failed check in the framework.
    """
    sys.stderr.flush()
    terminal = os.dup(STDERR)
    keeper = subprocess.Popen(
        # In its own session it does not get the Ctrl-C for this process.
        [sys.executable, "-I", "-S", "-c", _KEEPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        start_new_session=True,
    )
    assert keeper.stdin is not None
    os.dup2(keeper.stdin.fileno(), STDERR)
    keeper.stdin.close()
    failed = True
    try:
        with _stream(terminal) as stream:
            yield stream
        failed = False
    except (ArchspecError, OSError, KeyboardInterrupt, SystemExit):
        failed = False
        raise
    finally:
        sys.stderr.flush()
        if not failed:
            keeper.kill()  # before its input ends, or it would print the messages
        os.dup2(terminal, STDERR)
        os.close(terminal)
        _end(keeper)


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """Let the keeper end. It waits for all processes that hold its pipe, and one of them may live on."""
    with suppress(subprocess.TimeoutExpired):
        keeper.wait(PATIENCE)
    keeper.kill()
    keeper.wait()


@contextmanager
def _stream(descriptor: int) -> Iterator[TextIO]:
    """A text stream to a descriptor; `sys.stderr` itself if it is no file, as in a notebook."""
    try:
        leads_to_stderr = sys.stderr.fileno() == STDERR
    except UnsupportedOperation:
        leads_to_stderr = False
    if not leads_to_stderr:
        yield sys.stderr
        return
    with open(descriptor, "w", encoding=sys.stderr.encoding, errors="backslashreplace", closefd=False) as stream:
        yield stream
