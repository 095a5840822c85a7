"""How large arrays are, and how far apart, read block by block: weights are read anew after each step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_BLOCK = 2**13
"""Elements at a time: few enough for the processor's cache to hold a block of each array and what is made of it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The largest magnitude in any of the arrays, and the largest difference from the first.

    Both are infinite for another shape, and for what is not finite.
    """

    largest: float
    distance: float


_UNKNOWN = Extent(math.inf, math.inf)


def extent(arrays: Sequence[np.ndarray], start: np.ndarray | None = None) -> Extent:
    """That of the arrays, or of how far each of them is from `start`, which has their shape."""
    if any(array.shape != arrays[0].shape for array in arrays):
        return _UNKNOWN
    size = distance = 0.0
    for first, *others in _blocks(arrays) if start is None else _movements(arrays, start):
        sizes = [float(np.abs(block).max()) for block in (first, *others)]
        if not all(map(math.isfinite, sizes)):
            return _UNKNOWN
        size = max(size, *sizes)
        for other in others:
            distance = max(distance, float(np.abs(other - first).max()))
    return Extent(size, distance)


def largest(arrays: Sequence[np.ndarray]) -> float:
    """The largest magnitude in any of the arrays, which may be of any shapes; infinite for what is not finite."""
    return max((extent([array]).largest for array in arrays), default=0.0)


def _movements(arrays: Sequence[np.ndarray], start: np.ndarray) -> Iterator[list[np.ndarray]]:
    for begun, *blocks in _blocks([start, *arrays]):
        yield [block - begun for block in blocks]


def _blocks(arrays: Sequence[np.ndarray]) -> Iterator[Sequence[np.ndarray]]:
    """The same elements of each array, all in the order in which they lie in memory."""
    blocks: Any = np.nditer(
        list(arrays), flags=["external_loop", "buffered", "zerosize_ok"], order="K", buffersize=_BLOCK
    )
    if not blocks.itersize:
        return
    for found in blocks:
        yield [found] if isinstance(found, np.ndarray) else found
