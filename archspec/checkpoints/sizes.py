"""Checks of the sizes in a file: whether an array can have them."""

from __future__ import annotations

import math
from typing import TypeGuard

_MOST_AXES = 32
"""The largest number of axes in all versions of NumPy."""

_MOST = 1 << 62
"""An upper bound for sizes, offsets and strides."""

_MOST_ELEMENTS = 1 << 58
"""NumPy counts bytes in 63 bits, and an element has up to 32 bytes. A size of 0 does not allow the others to be
larger."""


def are_sizes(value: object) -> TypeGuard[tuple[int, ...] | list[int]]:
    """Whether the value is a short list of bounded whole numbers."""
    return (
        isinstance(value, tuple | list)
        and len(value) <= _MOST_AXES
        and set(map(type, value)) <= {int}
        and min(value, default=0) >= 0
        and max(value, default=0) < _MOST
    )


def is_shape(value: object) -> TypeGuard[tuple[int, ...] | list[int]]:
    """Whether an array can have these sizes."""
    return are_sizes(value) and math.prod(filter(None, value)) < _MOST_ELEMENTS
