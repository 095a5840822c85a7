"""Sizes that a file claims: whether an array can have them."""

from __future__ import annotations

import math
from typing import TypeGuard

_MOST_AXES = 32
"""Of arrays in all versions of NumPy."""

_MOST = 1 << 62
"""No size, place or step is as large."""

_MOST_ELEMENTS = 1 << 58
"""NumPy counts the bytes in 63 bits, and an element has up to 32; sizes of 0 do not make up for the others."""


def are_sizes(value: object) -> TypeGuard[tuple[int, ...] | list[int]]:
    """Whether these are a few whole numbers, none of them endless."""
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
