"""The types of values; shapes are channels-last and without the batch axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from archspec.errors import UnknownSizeError

Shape = tuple[int, ...]
"""Axis lengths without the batch: (height, width, channels) for an image, (features,) for a vector."""

Axes = tuple[int | None, ...]
"""A shape with unknown lengths as None. The last length, the number of channels, is always known."""


@dataclass(frozen=True, slots=True)
class TensorType:
    """The type of a value: its axes without the batch, channels last, and its element type."""

    axes: Axes
    dtype: str = "float32"

    @property
    def shape(self) -> Shape:
        """The axes, which must all be known; raises `UnknownSizeError` otherwise."""
        if not are_known(self.axes):
            raise UnknownSizeError(f"{shown(self.axes)} has an axis of unknown length")
        return self.axes

    @property
    def is_known(self) -> bool:
        """Whether all axes are known."""
        return None not in self.axes

    @property
    def channels(self) -> int:
        """The length of the last axis; there must be an axis."""
        last = self.axes[-1]
        assert last is not None, "the last axis is always known"
        return last

    @property
    def size(self) -> int:
        """The number of elements of one sample; raises `UnknownSizeError` if an axis is unknown."""
        return math.prod(self.shape)

    def with_axes(self, axes: Axes) -> TensorType:
        """The type with the same element type and these axes."""
        return TensorType(axes, self.dtype)

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(axis_text, self.axes))}]"


def are_known(axes: Axes) -> TypeGuard[Shape]:
    """Whether all axes are known."""
    return None not in axes


def axis_text(axis: int | None) -> str:
    """An axis in a message: `?` if it is unknown."""
    return "?" if axis is None else str(axis)


def shown(axes: Iterable[int | None]) -> str:
    """Axes in a message, as Python writes a tuple: (?, ?, 3)."""
    words = list(map(axis_text, axes))
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"
