"""The norm of a tensor."""

from __future__ import annotations

import math

import numpy as np

from archspec.weights import FLOATING, Stored

_CHUNK = 1 << 20
"""The number of elements that are converted to float64 at a time."""


def norm(stored: Stored) -> float | None:
    """The Euclidean norm of the elements, in float64; None for a type that no weight has."""
    if stored.dtype not in FLOATING:
        return None
    elements = stored.values().ravel()
    total = 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # the result says it: inf, or nan
        for start in range(0, elements.size, _CHUNK):
            part = elements[start : start + _CHUNK].astype(np.float64)
            total += float(np.dot(part, part))
    return math.sqrt(total)
