"""Arrays as exported PyTorch models take and give them: images channels-first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from archspec.backend import Arrays

T = TypeVar("T")

_IMAGES = 4
"""The axes of a batch of images."""


def channels_first(axes: Sequence[T]) -> tuple[T, ...]:
    """The axes of a batch, given with channels last, in the model's order."""
    return (axes[0], axes[3], *axes[1:3]) if len(axes) == _IMAGES else tuple(axes)


def native(inputs: Arrays) -> dict[str, Any]:
    """Channels-last arrays with a batch axis, as the model takes them, in new memory.

    A view of an image of one channel would count as contiguous with the strides of channels-last, for which compiled
    code is another.
    """
    return {name: np.array(_moved(array, (0, 3, 1, 2)), np.float32, order="C") for name, array in inputs.items()}


def canonical(outputs: Arrays) -> dict[str, Any]:
    """The model's arrays, channels-last."""
    return {name: _moved(np.asarray(array), (0, 2, 3, 1)) for name, array in outputs.items()}


def _moved(array: Any, order: tuple[int, ...]) -> Any:
    return array.transpose(order) if array.ndim == _IMAGES else array
