"""Weights that are still where they are kept: what is known of them before they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archspec.ir import Shape

Bits = NDArray[Any]
"""Elements as they are kept. Those of bfloat16, which numpy has not, are uint16 with the same bits."""

FLOATING: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "float64": np.dtype(np.float64),
        "float32": np.dtype(np.float32),
        "float16": np.dtype(np.float16),
        "bfloat16": np.dtype(np.uint16),
    }
)
"""The types that weights can have, and what numpy holds their bits in."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor: `read` gives its elements anew each time; `dtype` is a word of `FLOATING`, or another's name."""

    shape: Shape
    dtype: str
    read: Callable[[], Bits]

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    def values(self) -> NDArray[Any]:
        """The elements as numbers: bfloat16 becomes float32, which holds all its values."""
        bits = self.read()
        return widened(bits) if self.dtype == "bfloat16" else bits


class StoredWeights(Mapping[str, NDArray[Any]]):
    """Canonical weights by name, each read when it is asked for, and forgotten: only one at a time is in memory."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self.stored = stored

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.stored[name].values()

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def dtypes(self) -> frozenset[str]:
        """The types that there are among the weights."""
        return frozenset(stored.dtype for stored in self.stored.values())


def widened(bits: Bits) -> NDArray[np.float32]:
    """The numbers whose upper halves these are."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
