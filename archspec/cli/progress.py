"""Progress on stderr for what takes longer than two seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0
"""Seconds without a word."""


@contextmanager
def working(what: str) -> Iterator[None]:
    """Says what is being done, and for how long, once it has taken two seconds; a screen's line goes away again."""
    done = threading.Event()
    thread = threading.Thread(target=_tell, args=(what, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tell(what: str, done: threading.Event) -> None:
    begin = time.monotonic()
    on_screen = sys.stderr.isatty()
    pause = PATIENCE
    while not done.wait(pause):
        seconds = time.monotonic() - begin
        sys.stderr.write(f"\r{what} ({seconds:.0f} s)" if on_screen else f"{what} ({seconds:.0f} s)\n")
        sys.stderr.flush()
        pause = 1.0 if on_screen else 30.0
    if on_screen and time.monotonic() - begin > PATIENCE:
        sys.stderr.write("\r\x1b[K")
