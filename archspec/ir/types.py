"""The types of values: shapes are channels-last and leave the batch axis out."""

from __future__ import annotations

import math
from dataclasses import dataclass

Shape = tuple[int, ...]
"""Axis lengths without the batch: (height, width, channels) for an image, (features,) for a vector."""


@dataclass(frozen=True, slots=True)
class TensorType:
    """What a value is: its shape without the batch axis, channels last, and its element type."""

    shape: Shape
    dtype: str = "float32"

    @property
    def size(self) -> int:
        """Elements for one sample."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"
