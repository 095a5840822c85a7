"""A terminal of a given width, and what a program that runs in it shows there."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
from types import TracebackType
from typing import TextIO


class Screen:
    """A pseudoterminal; `terminal` is the end that a program writes to."""

    def __init__(self, columns: int) -> None:
        self._reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.terminal: TextIO = os.fdopen(writer, "w")

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.terminal.close()
        os.close(self._reader)
