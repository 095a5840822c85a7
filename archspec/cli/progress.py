"""Progress on stderr for work of more than two seconds."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from archspec.cli.quiet import quiet
from archspec.cli.screen import cut, screen_width

if TYPE_CHECKING:
    from archspec.comparison import Phase, Progress

PATIENCE = 2.0
"""Seconds before the first message."""

_LEAST = 8
"""The smallest width of the description before the phase is shortened too."""

_MINUTE = 60
_LONG = 100
"""Seconds from which on the remaining time is in minutes."""


class Work:
    """A piece of work with its phase and its start; `now` is always a time in seconds, from any clock."""

    def __init__(self, what: str, now: float) -> None:
        self._what = what
        self._begin = now
        self._phase: Phase | None = None
        self._phase_begin = self._first_step = now

    def enter(self, phase: Phase, now: float) -> None:
        """Begins another phase."""
        if phase.steps and not phase.done:
            self._first_step = now
        self._phase, self._phase_begin = phase, now

    def seconds(self, now: float) -> float:
        """The elapsed seconds."""
        return now - self._begin

    def said(self, now: float) -> str:
        """The description of the work and the elapsed time."""
        return f"{self._what} ({self.seconds(now):.0f} s)"

    def line(self, now: float, width: int) -> str:
        """The same with the phase and the estimated remaining time, in one line of a screen.

        The estimate needs at least one finished step.
        """
        left = self._left(now)
        times = f" ({self.seconds(now):.0f} s{f', {_duration(left)} left' if left is not None else ''})"
        # The last column stays empty, because some terminals wrap after it.
        room = max(width - 1 - len(times), 0)
        phase = f": {self._phase.doing}" if self._phase else ""
        return cut(cut(self._what, max(room - len(phase), _LEAST)) + phase, room) + times[: width - 1]

    def _left(self, now: float) -> float | None:
        """The estimated remaining seconds; None without an estimate, and if a step takes longer than estimated."""
        phase = self._phase
        if phase is None or not phase.done:
            return None
        each = (self._phase_begin - self._first_step) / phase.done
        left = each * (phase.steps - phase.done) - (now - self._phase_begin)
        return left if left > 0 else None


@contextmanager
def running(what: str) -> Iterator[Progress]:
    """`working` for work of a framework, whose messages are kept off the terminal."""
    with quiet() as terminal, working(what, terminal) as progress:
        yield progress


@contextmanager
def working(what: str, terminal: TextIO | None = None) -> Iterator[Progress]:
    """Shows the description and the elapsed time after two seconds; on a screen the line is removed at the end.

    Yields a function for the phases of the work, which only a screen shows. The default `terminal` is stderr.
    """
    work, done = Work(what, time.monotonic()), threading.Event()
    thread = threading.Thread(target=_tell, args=(work, done, terminal or sys.stderr), daemon=True)
    thread.start()
    try:
        yield lambda phase: work.enter(phase, time.monotonic())
    finally:
        done.set()
        thread.join()


def _tell(work: Work, done: threading.Event, terminal: TextIO) -> None:
    width = screen_width(terminal)
    pause = PATIENCE
    while not done.wait(pause):
        now = time.monotonic()
        terminal.write(f"{work.said(now)}\n" if width is None else f"\r{work.line(now, width)}\x1b[K")
        terminal.flush()
        pause = 30.0 if width is None else 1.0
    if width is not None and work.seconds(time.monotonic()) > PATIENCE:
        terminal.write("\r\x1b[K")
        terminal.flush()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _LONG else f"{seconds / _MINUTE:.0f} min"
