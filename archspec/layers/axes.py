"""Axes as Keras counts them: 0 is the batch, 1 the shape's first axis, -1 its last."""

from __future__ import annotations

from collections.abc import Callable

from archspec.errors import ShapeError
from archspec.ir import Axes, shown


def axis_index(axis: int, shape: Axes) -> int:
    """Where in the shape (which has no batch) this axis is; raises `ShapeError` if the shape has no such axis."""
    rank = len(shape)
    index = axis - 1 if axis > 0 else axis + rank
    if axis == 0 or not 0 <= index < rank:
        raise ShapeError(f"axis {axis} is not an axis of {shown(shape)}: it may be 1 to {rank} or -1 to -{rank}")
    return index


def features(shape: Axes, axis: int = -1) -> int:
    """The length of the last axis, which `axis` must be; raises `ShapeError` otherwise."""
    if not shape:
        raise ShapeError("it needs at least one axis, and its input has none")
    if axis_index(axis, shape) != len(shape) - 1:
        raise ShapeError(f"axis {axis} of {shown(shape)} is not the last one, which has the channels")
    last = shape[-1]
    assert last is not None, "the last axis is always known"
    return last


def if_known(size: int | None, function: Callable[[int], int]) -> int | None:
    """What an axis of this length becomes; unknown if the length is."""
    return None if size is None else function(size)
