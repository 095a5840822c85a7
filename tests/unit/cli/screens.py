"""A terminal of a given width, and what a program that runs in it shows there."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import TextIO

import pytest

from archspec.cli import main


class Screen:
    """A pseudoterminal; `terminal` is the end that a program writes to."""

    def __init__(self, columns: int) -> None:
        self._reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.terminal: TextIO = os.fdopen(writer, "w")

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):
            self.terminal.close()
        os.close(self._reader)

    def read(self) -> str:
        """All that is written until nobody has the terminal open."""
        text = b""
        with suppress(OSError):  # Linux has this for the end of it
            while chunk := os.read(self._reader, 65536):
                text += chunk
        return text.decode()


def shown_on_a_screen(columns: int, *arguments: str) -> str:
    """What `archspec ARGUMENTS` shows in the current folder on a screen of so many columns."""
    with Screen(columns) as screen, pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as reader:
        patch.setattr(sys, "argv", ["archspec", *arguments])
        patch.setattr(sys, "stdout", screen.terminal)
        patch.delenv("COLUMNS", raising=False)
        shown = reader.submit(screen.read)
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            screen.terminal.close()
        assert not end.value.code
        return shown.result()
