"""The process of `in_process`: it calls the function that stdin has, and writes the result or the error to stdout."""

from __future__ import annotations

import os
import pickle
import signal
import sys

from archspec.errors import ArchspecError


def main() -> None:
    """Serve one call."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process gets a Ctrl-C too, and ends this one
    reply = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a framework prints is no result
    function, arguments = pickle.load(sys.stdin.buffer)
    outcome: tuple[Exception | None, object]
    try:
        outcome = (None, function(*arguments))
    except (ArchspecError, MemoryError) as error:
        outcome = (error, None)
    with reply:
        pickle.dump(outcome, reply)


if __name__ == "__main__":
    main()
