"""The largest magnitude in arrays, and the largest difference between them, block by block.

Whole arrays of differences would need as much memory again as the weights, in every step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_BLOCK = 2**13
"""The elements of a block: blocks of all arrays, and the results computed from them, fit into the processor's cache."""


@dataclass(frozen=True, slots=True)
class Magnitudes:
    """The largest magnitude of an element of any array, and the largest difference of an element from the first array.

    Both are infinite for arrays of several shapes, and for elements that are not finite.
    """

    largest: float
    difference: float


_UNKNOWN = Magnitudes(math.inf, math.inf)


def magnitudes(arrays: Sequence[np.ndarray], start: np.ndarray | None = None) -> Magnitudes:
    """The magnitudes of the arrays; with `start`, of each array minus `start`, which has the same shape."""
    if any(array.shape != arrays[0].shape for array in arrays):
        return _UNKNOWN
    largest_magnitude = largest_difference = 0.0
    for first, *others in _blocks(arrays) if start is None else _movements(arrays, start):
        found = [float(np.abs(block).max()) for block in (first, *others)]
        if not all(map(math.isfinite, found)):
            return _UNKNOWN
        largest_magnitude = max(largest_magnitude, *found)
        for other in others:
            largest_difference = max(largest_difference, float(np.abs(other - first).max()))
    return Magnitudes(largest_magnitude, largest_difference)


def largest(arrays: Sequence[np.ndarray]) -> float:
    """The largest magnitude in any of the arrays, which may have any shapes; infinite if an element is not finite."""
    return max((magnitudes([array]).largest for array in arrays), default=0.0)


def _movements(arrays: Sequence[np.ndarray], start: np.ndarray) -> Iterator[list[np.ndarray]]:
    for begun, *blocks in _blocks([start, *arrays]):
        yield [block - begun for block in blocks]


def _blocks(arrays: Sequence[np.ndarray]) -> Iterator[Sequence[np.ndarray]]:
    """Blocks of the same elements of each array, in the order of memory."""
    blocks: Any = np.nditer(
        list(arrays), flags=["external_loop", "buffered", "zerosize_ok"], order="K", buffersize=_BLOCK
    )
    if not blocks.itersize:
        return
    for found in blocks:
        yield [found] if isinstance(found, np.ndarray) else found
