"""Signals that end the program."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def orderly() -> Iterator[None]:
    """A signal that ends the program does so as an exception would, and what was half written goes away.

    One that was ignored, as `nohup` has it, stays so.
    """
    if threading.current_thread() is not threading.main_thread():  # no other can set handlers
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    ending = {number: handler for number, handler in before.items() if handler is signal.SIG_DFL}
    for number in ending:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in ending.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
