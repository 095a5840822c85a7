"""A terminal of a given width, and what a program that runs in it shows there."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TextIO

from tests.unit.cli.conftest import environment


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

    def shown(self) -> str:
        """All that was written, once nobody else has the terminal open."""
        self.terminal.close()
        text = b""
        with suppress(OSError):  # Linux has this for the end of it
            while chunk := os.read(self._reader, 65536):
                text += chunk
        return text.decode()


def shown_on_a_screen(columns: int, *arguments: str, folder: Path) -> str:
    """What `archspec ARGUMENTS` shows on a screen of so many columns."""
    variables = {name: value for name, value in environment().items() if name != "COLUMNS"}
    with Screen(columns) as screen:
        program = subprocess.Popen(
            [sys.executable, "-m", "archspec", *arguments], stdout=screen.terminal, cwd=folder, env=variables
        )
        shown = screen.shown()
        assert program.wait() == 0
    return shown
