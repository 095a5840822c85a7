"""Signals: what they end, what they wait for, and what stays as the caller had it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

import pytest

from archspec.signals import orderly, undivided
from tests.dispositions import disposed


@pytest.mark.parametrize(
    ("number", "ending"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit), (signal.SIGHUP, SystemExit)],
    ids=str,
)
def test_steps_that_belong_together_are_all_done(
    number: signal.Signals, ending: type[BaseException], usual_signals: None
) -> None:
    done = []

    def interrupted() -> None:
        with orderly(), undivided():
            for step in ("first", "second"):
                signal.raise_signal(number)
                done.append(step)

    before = signal.getsignal(number)
    with pytest.raises(ending):
        interrupted()
    assert done == ["first", "second"]
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("steps", [orderly, undivided])
def test_a_signal_that_is_ignored_stays_so(steps: Callable[[], AbstractContextManager[None]]) -> None:
    with disposed({signal.SIGHUP: signal.SIG_IGN}):
        with steps():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.parametrize("steps", [orderly, undivided])
def test_another_thread_leaves_them_alone(steps: Callable[[], AbstractContextManager[None]]) -> None:
    found = []

    def look() -> None:
        with steps():
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]
