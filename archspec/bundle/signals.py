"""Signals that wait for a few steps that belong together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undivided() -> Iterator[None]:
    """What is inside is done in full: a signal that would end the program does so afterwards.

    Only a program's main thread is interrupted by Python's handlers, and only there can they be exchanged.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append(number)

    # A handler that is not Python's cannot be put back.
    handlers = {number: handler for number in _ENDING if (handler := signal.getsignal(number)) is not None}
    for number in handlers:
        signal.signal(number, wait)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)
