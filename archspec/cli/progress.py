"""Progress on stderr for what takes longer than two seconds."""

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
"""Seconds without a word."""

_LEAST = 8
"""Characters that are left of what is being done before the phase is cut, too."""

_MINUTE = 60
_LONG = 100
"""Seconds from which on the time left is said in minutes."""


class Work:
    """What is being done, in which phase, and since when; `now` is always a time in seconds, from whatever clock."""

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
        """How long it has taken."""
        return now - self._begin

    def said(self, now: float) -> str:
        """What is being done and for how long."""
        return f"{self._what} ({self.seconds(now):.0f} s)"

    def line(self, now: float, width: int) -> str:
        """The same with the phase and the time that it will probably take yet, in one line of a screen.

        The time goes by the steps that are done, so there is none before the first.
        """
        left = self._left(now)
        times = f" ({self.seconds(now):.0f} s{f', {_duration(left)} left' if left is not None else ''})"
        # The last column stays empty: some terminals begin a new line behind it.
        room = max(width - 1 - len(times), 0)
        phase = f": {self._phase.doing}" if self._phase else ""
        return cut(cut(self._what, max(room - len(phase), _LEAST)) + phase, room) + times[: width - 1]

    def _left(self, now: float) -> float | None:
        """The seconds that are left; None where they cannot be known, and where a step takes longer than it should."""
        phase = self._phase
        if phase is None or not phase.done:
            return None
        each = (self._phase_begin - self._first_step) / phase.done
        left = each * (phase.steps - phase.done) - (now - self._phase_begin)
        return left if left > 0 else None


@contextmanager
def running(what: str) -> Iterator[Progress]:
    """`working`, for work in which a framework runs: only archspec speaks meanwhile."""
    with quiet() as terminal, working(what, terminal) as progress:
        yield progress


@contextmanager
def working(what: str, terminal: TextIO | None = None) -> Iterator[Progress]:
    """Says what is being done, and for how long, once it has taken two seconds; a screen's line goes away again.

    What it gives takes the phases of the work. Only a screen shows them. `terminal` is stderr where nothing is given.
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
