"""What a pickle describes, without running it.

A pickle is a program for a machine with a stack: it builds lists, dicts and numbers, and names classes and functions to
call. Here nothing is imported. Calling a name gives what the `Maker` says, mostly a `Made` that only remembers the
call. So a file that means harm can do none, and one with objects of classes that are not installed can be read.
"""

from __future__ import annotations

import struct
from typing import Any

from archspec.checkpoints.pickles.machine import Finder, Machine, Maker, PickleError
from archspec.checkpoints.pickles.steps import STEPS, STOP


def unpickle(data: Any, make: Maker, find: Finder, start: int = 0) -> tuple[object, int]:
    """The object that the bytes from `start` on describe, and the place behind them; raises `PickleError`."""
    machine, at, steps = Machine(data, make, find), start, STEPS
    try:
        while (code := data[at]) != STOP:
            at = steps[code](machine, at + 1)
        return machine.stack.pop(), at + 1
    except PickleError:
        raise
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, OverflowError, struct.error) as error:
        raise PickleError(f"it is no pickle at byte {at} ({type(error).__name__})") from None
