"""What signals do in a test, whoever started it: a shell's background jobs ignore SIGINT, those of `nohup` SIGHUP."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Disposition = Callable[..., Any] | signal.Handlers

USUAL: Mapping[signal.Signals, Disposition] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}
"""As Python has them in a program that was started in the foreground of a terminal."""


@contextmanager
def disposed(dispositions: Mapping[signal.Signals, Disposition] = USUAL) -> Iterator[None]:
    """Signals do this inside, and afterwards what they did before."""
    before = {number: signal.signal(number, disposition) for number, disposition in dispositions.items()}
    try:
        yield
    finally:
        for number, disposition in before.items():
            signal.signal(number, disposition)
