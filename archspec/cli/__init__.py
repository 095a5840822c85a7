"""The command line: arguments, tables and exit codes. The work is done by the API."""

from __future__ import annotations

import os
import sys

from archspec.cli.exits import INTERRUPTED
from archspec.signals import orderly

__all__ = ["main"]


def main() -> None:
    """Runs the program and ends the process; the exit codes are in `archspec.cli.exits`."""
    if sys.stderr is None:
        # stderr was closed. The next opened file would be descriptor 2 and get a framework's messages.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        # The user may interrupt the program while it is still being imported.
        with orderly():
            from archspec.cli.app import run

            run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
