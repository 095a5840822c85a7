"""Shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Axes, Essence, Gives, Layer, TensorType, shown
from archspec.layers.attributes import Axis, Check, Margins, Size, TargetShape, Whole, refuse
from archspec.layers.axes import axis_index, if_known, unknown_size
from archspec.layers.window import image


def _order_of_axes(value: object) -> tuple[int, ...]:
    axes = tuple(value) if isinstance(value, list | tuple) else (value,)
    # True is 1 to Python.
    if any(type(axis) is not int for axis in axes) or sorted(axes) != list(range(1, len(axes) + 1)):
        refuse("must be a list of the axes from 1 on in another order, as [2, 1]")
    return axes


OrderOfAxes = Annotated[tuple[int, ...], Check(_order_of_axes)]
"""The axes of a shape, counted from 1, each once."""


class Flatten(Layer):
    """All elements in one axis, channels last: height, width, channels."""

    feature_order = "kept"

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return _reshaped(reads[0], gives)

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        if not read.is_known:
            raise unknown_size("how many features it gives", read.axes, instead="take GlobalAveragePooling2D")
        return read.with_axes((read.size,))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Reshape(Layer):
    """The same elements in the same order with other axes; an axis of -1 takes what is left."""

    target_shape: TargetShape

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return _reshaped(reads[0], gives)

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        known = math.prod(axis for axis in self.target_shape if axis != -1)
        if not read.is_known:
            return read.with_axes(self._of_unknown(read.axes, known))
        left, over = divmod(read.size, known)
        if over or (left != 1 and -1 not in self.target_shape):
            raise ShapeError(f"{read.axes} has {read.size} elements, which do not fill {self.target_shape}")
        return read.with_axes(tuple(left if axis == -1 else axis for axis in self.target_shape))

    def _of_unknown(self, axes: Axes, known: int) -> Axes:
        """The axes for an input of unknown size: that of -1 takes it, if what is known fills the `known` rest."""
        if -1 not in self.target_shape[:-1] or math.prod(axis for axis in axes if axis is not None) % known:
            raise unknown_size(f"whether its input fills {self.target_shape}", axes)
        return tuple(None if axis == -1 else axis for axis in self.target_shape)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


def _reshaped(read: Axes | None, gives: Axes | None) -> Essence | None:
    """Another shape; None if only axes of length 1 differ."""
    if read is not None and gives is not None and _bare(read) == _bare(gives):
        return None
    return Essence("Reshape") if gives is None else Essence("Reshape", (("target_shape", gives),))


def _bare(axes: Axes) -> Axes:
    return tuple(axis for axis in axes if axis != 1)


class ZeroPadding2D(Layer):
    """Zeros around an image: ((top, bottom), (left, right))."""

    padding: Margins = ((1, 1), (1, 1))

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        height, width, channels = image(read.axes)
        vertical, horizontal = map(sum, self.padding)
        return read.with_axes((if_known(height, vertical.__add__), if_known(width, horizontal.__add__), channels))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Cropping2D(Layer):
    """An image without its margins, ((top, bottom), (left, right))."""

    cropping: Margins = ((0, 0), (0, 0))

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        *sizes, channels = image(read.axes)
        cropped = [sum(edges) for edges in self.cropping]
        left = [None if size is None else size - edges for size, edges in zip(sizes, cropped, strict=True)]
        if any(size is not None and size < 1 for size in left):
            raise ShapeError(f"cropping {self.cropping} leaves nothing of {shown(read.axes)}")
        return read.with_axes((*left, channels))


class Slice(Layer):
    """The places start, start + step, ... before `stop` along an axis; numbers below 0 count from its end.

    As x[start:stop:step] in Python, so `start` and `stop` may also lie beyond the axis, and `stop` of null is its end.
    """

    axis: Axis = -1
    start: Whole = 0
    stop: Whole | None = None
    step: Size = 1

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        axes = read.axes
        index = axis_index(self.axis, axes)
        size = if_known(axes[index], lambda size: len(self.places(size)))
        if size == 0:
            end = "to its end" if self.stop is None else f"up to {self.stop}"
            raise ShapeError(f"axis {self.axis} of {shown(axes)} has no place from {self.start} {end}")
        return read.with_axes((*axes[:index], size, *axes[index + 1 :]))

    def places(self, size: int) -> range:
        """The places that are taken of an axis of this length."""
        return range(size)[self.start : self.stop : self.step]

    def chunk(self, axes: Axes) -> tuple[int, int] | None:
        """(i, n) where the places are chunk i of n equal ones, of which there are 2 to 4; None otherwise."""
        size = axes[axis_index(self.axis, axes)]
        if size is None:
            return None
        places = self.places(size)
        chunks, rest = divmod(size, len(places))
        if rest or self.step != 1 or chunks not in (2, 3, 4) or places.start % len(places):
            return None
        return places.start // len(places), chunks


class Permute(Layer):
    """The axes in another order: axis i of the output is axis dims[i] of the input, counted from 1."""

    feature_order = "kept"
    dims: OrderOfAxes

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        axes = read.axes
        if len(axes) != len(self.dims):
            raise ShapeError(f"{self.dims} is no order of the axes of {shown(axes)}")
        if self.dims and axes[self.dims[-1] - 1] is None:
            raise unknown_size("the number of channels that it gives", axes)
        return read.with_axes(tuple(axes[axis - 1] for axis in self.dims))
