"""The width of a terminal, and texts that fit it."""

from __future__ import annotations

import os
from typing import TextIO

USUAL = 80
"""The columns of a terminal of unknown width."""

ELLIPSIS = "…"


def screen_width(stream: TextIO | None) -> int | None:
    """The number of columns of a stream's terminal; None for a file or a pipe, which take whole lines.

    The variable COLUMNS takes precedence, as in other programs.
    """
    if stream is None or not stream.isatty():
        return None
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL
    except OSError:
        return USUAL


def cut(text: str, width: int) -> str:
    """A text of at most this many characters: an ellipsis replaces the middle of a longer one."""
    if len(text) <= width:
        return text
    left = width - len(ELLIPSIS)
    if left < 1:
        return ELLIPSIS[:width]
    end = left // 2
    return text[: left - end] + ELLIPSIS + text[len(text) - end :]
