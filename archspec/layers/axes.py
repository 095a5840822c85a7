"""Axes as Keras counts them: 0 is the batch, 1 the shape's first axis, -1 its last."""

from __future__ import annotations

from collections.abc import Callable, Container

from archspec.errors import ShapeError, UnknownSizeError
from archspec.ir import Axes, shown

_IMAGE_AXES = 3


def is_image(axes: Axes) -> bool:
    """Whether a value with these axes is an image: it has a height, a width and channels."""
    return len(axes) == _IMAGE_AXES


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


def unknown_size(what: str, axes: Axes, *, known: Container[int] = (), instead: str = "") -> UnknownSizeError:
    """The error of a layer about which `what` depends on the unknown ones of these axes, but for the `known` ones.

    Those are counted from 1. `instead` is what the layer could be to take any size.
    """
    count = len(axes)
    names = ("the height", "the width") if is_image(axes) else tuple(f"axis {axis}" for axis in range(1, count))
    unknown = [name for axis, name in enumerate(names, start=1) if axes[axis - 1] is None and axis not in known]
    are = "is" if len(unknown) == 1 else "are"
    return UnknownSizeError(f"{what} depends on {' and '.join(unknown)} of {shown(axes)}, which {are} unknown", instead)


def if_known(size: int | None, function: Callable[[int], int]) -> int | None:
    """What an axis of this length becomes; unknown if the length is."""
    return None if size is None else function(size)
