"""How wide a terminal is, and texts that fit it."""

from __future__ import annotations

import os
from typing import TextIO

USUAL = 80
"""Columns of a terminal that does not say how many it has."""

ELLIPSIS = "…"


def screen_width(stream: TextIO | None) -> int | None:
    """How many columns the terminal has that a stream goes to; None for a file or a pipe, which take lines in whole.

    The variable COLUMNS says it first, as for any program.
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
    """A text of at most this many characters: of a longer one the middle is left out, and an ellipsis stands for it."""
    if len(text) <= width:
        return text
    left = width - len(ELLIPSIS)
    if left < 1:
        return ELLIPSIS[:width]
    end = left // 2
    return text[: left - end] + ELLIPSIS + text[len(text) - end :]
