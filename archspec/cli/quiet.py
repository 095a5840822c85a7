"""Keeps off the terminal what a framework writes to stderr, and shows it where something fails.

TensorFlow's and PyTorch's C++ code writes to file descriptor 2, some of it before any log level applies: which lines
come depends on the processor and on the release. So the descriptor itself leads elsewhere while a framework works.
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
"""Seconds for a process that was started meanwhile to end."""

_KEEPER = """\
import sys
kept = b""
while chunk := sys.stdin.buffer.read1(65536):
    kept = (kept + chunk)[-65536:]
sys.stderr.buffer.write(kept)
"""
"""Keeps the last 64 KiB of its input, and writes them at the end of it. A process of its own: it outlives a crash."""


@contextmanager
def quiet() -> Iterator[TextIO]:
    """Within this, stderr is kept from the terminal; yields the stream that still leads there.

    What was kept is dropped at the end, and where archspec itself has said what is wrong. It is shown after any other
    exception, and when the process is ended by a signal, as by a failed check of the framework's.
    """
    sys.stderr.flush()
    terminal = os.dup(STDERR)
    keeper = subprocess.Popen(
        # In a session of its own it does not get the Ctrl-C that is meant for this process.
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
            keeper.kill()  # before its input ends, or it would show what it has
        os.dup2(terminal, STDERR)
        os.close(terminal)
        _end(keeper)


def _end(keeper: subprocess.Popen[bytes]) -> None:
    """Let the keeper end. It waits for all who have its pipe, and one of them may live on."""
    with suppress(subprocess.TimeoutExpired):
        keeper.wait(PATIENCE)
    keeper.kill()
    keeper.wait()


@contextmanager
def _stream(descriptor: int) -> Iterator[TextIO]:
    """A text stream to a descriptor; `sys.stderr` itself where that is no file, as in a notebook."""
    try:
        leads_to_stderr = sys.stderr.fileno() == STDERR
    except UnsupportedOperation:
        leads_to_stderr = False
    if not leads_to_stderr:
        yield sys.stderr
        return
    with open(descriptor, "w", encoding=sys.stderr.encoding, errors="backslashreplace", closefd=False) as stream:
        yield stream
