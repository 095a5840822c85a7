"""Text on stdout."""

from __future__ import annotations

import json
import os
import sys
from errno import EBADF


def say(text: str) -> None:
    """Prints lines. A reader that has ended (`archspec list | head`) is no error.

    Raises `OSError` if stdout was closed before the program began.
    """
    if sys.stdout is None:
        raise OSError(EBADF, "standard output is closed")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # The rest of the buffer goes there when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_json(value: object) -> None:
    """Prints a value as JSON."""
    say(json.dumps(value, indent=2))
