"""Signals as exceptions, which are deferred during steps that belong together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def orderly() -> Iterator[None]:
    """Turns signals that end the program into exceptions, so that unfinished files are removed.

    Ignored signals, as under `nohup`, stay ignored.
    """

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    with _handled(end, (number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL)):
        yield


@contextmanager
def undivided() -> Iterator[None]:
    """Defers signals that end the program until the body is done."""
    came: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        came.append(number)

    # A handler that Python did not install cannot be restored.
    interrupting = (number for number in (signal.SIGINT, *_ENDING) if signal.getsignal(number) is not None)
    try:
        with _handled(wait, interrupting):
            yield
    finally:
        for late in came:
            signal.raise_signal(late)


@contextmanager
def handed_on(processes: Iterable[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Hands signals that end a program on to its children, which end by themselves.

    A terminal sends a Ctrl-C to all, so it is not sent again: for many programs a second one means at once.
    """

    def hand_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT or not _has_terminal():
            for process in processes:
                process.send_signal(number)

    with _handled(hand_on, (signal.SIGINT, *_ENDING)):
        yield


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], numbers: Iterable[int]) -> Iterator[None]:
    """Sets this handler for these signals during the body.

    Python's handlers only interrupt the main thread, and can only be set there.
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
