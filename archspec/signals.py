"""Signals that end the program: they end it as an exception would, and not between steps that belong together."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def orderly() -> Iterator[None]:
    """A signal that ends the program does so as an exception would, and what was half written goes away.

    One that was ignored, as `nohup` has it, stays so.
    """

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    with _handled(end, (number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL)):
        yield


@contextmanager
def undivided() -> Iterator[None]:
    """What is inside is done in full: a signal that would end the program does so afterwards."""
    came: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append(number)

    # A handler that is not Python's cannot be put back.
    interrupting = (number for number in (signal.SIGINT, *_ENDING) if signal.getsignal(number) is not None)
    try:
        with _handled(wait, interrupting):
            yield
    finally:
        for late in came:
            signal.raise_signal(late)


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], numbers: Iterable[int]) -> Iterator[None]:
    """These signals have this handler inside.

    Only a program's main thread is interrupted by Python's handlers, and only there can they be exchanged.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in list(numbers)}
    try:
        yield
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)
