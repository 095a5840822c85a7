"""Weights in files, with their shapes and types, which are read on access."""

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
"""Elements as they are stored. NumPy lacks bfloat16, so these are uint16 with the same bits."""

FLOATING: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "float64": np.dtype(np.float64),
        "float32": np.dtype(np.float32),
        "float16": np.dtype(np.float16),
        "bfloat16": np.dtype(np.uint16),
    }
)
"""The types of weights, with NumPy's types for their bits."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor: `read` reads its elements on each call; `dtype` is a word of `FLOATING`, or another type's name."""

    shape: Shape
    dtype: str
    read: Callable[[], Bits]

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def values(self) -> NDArray[Any]:
        """The elements as numbers: bfloat16 becomes float32, which holds all its values."""
        bits = self.read()
        return widened(bits) if self.dtype == "bfloat16" else bits


class StoredWeights(Mapping[str, NDArray[Any]]):
    """Canonical weights by name, each read on access and not kept: only one at a time is in memory."""

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
        """The types of the weights."""
        return frozenset(stored.dtype for stored in self.stored.values())


def widened(bits: Bits) -> NDArray[np.float32]:
    """The float32 numbers with these upper halves."""
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
