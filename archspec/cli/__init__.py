"""The command line: arguments, tables and exit codes; what is done, the API does."""

from __future__ import annotations

import os
import sys

from archspec.cli.exits import INTERRUPTED
from archspec.signals import orderly

__all__ = ["main"]


def main() -> None:
    """Runs the program and ends the process; the exit codes are in `archspec.cli.exits`."""
    if sys.stderr is None:
        # It was closed. What is opened next would be file descriptor 2, and a framework's words would go there.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        # Somebody may think better of it while the program is still being read.
        with orderly():
            from archspec.cli.app import run

            run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
