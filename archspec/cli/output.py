"""Text on stdout."""

from __future__ import annotations

import json
import os
import sys
from errno import EBADF


def say(text: str) -> None:
    """Prints lines. When nobody reads them any more (`archspec list | head`), they go nowhere, and that is no fault.

    Raises `OSError` where stdout was closed before the program began.
    """
    if sys.stdout is None:
        raise OSError(EBADF, "standard output is closed")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still in the buffer goes there too when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_json(value: object) -> None:
    """Prints a value as JSON."""
    say(json.dumps(value, indent=2))
