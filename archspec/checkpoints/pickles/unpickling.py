"""Reads the object in a pickle without running its code.

A pickle is a program for a stack machine: it builds lists, dicts and numbers, and names classes and functions to call.
Here nothing is imported. The `Maker` decides the result of a call, mostly a `Made`, which only records the call. So a
malicious file can do no harm, and files with objects of classes that are not installed can be read.
"""

from __future__ import annotations

import struct
from typing import Any

from archspec.checkpoints.pickles.machine import Finder, Machine, Maker, PickleError
from archspec.checkpoints.pickles.steps import STEPS, STOP


def unpickle(data: Any, make: Maker, find: Finder, start: int = 0) -> tuple[object, int]:
    """The object in the pickle at `start`, and the offset after the pickle; raises `PickleError`."""
    machine, at, steps = Machine(data, make, find), start, STEPS
    try:
        while (code := data[at]) != STOP:
            at = steps[code](machine, at + 1)
        return machine.stack.pop(), at + 1
    except PickleError:
        raise
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, OverflowError, struct.error) as error:
        raise PickleError(f"it is no pickle at byte {at} ({type(error).__name__})") from None
