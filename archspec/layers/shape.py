"""Shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Gives, Layer, Shape
from archspec.layers.attributes import Axis, Check, Margins, Size, TargetShape, Whole, refuse
from archspec.layers.axes import axis_index
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
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        return (math.prod(inputs[0]),)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class Reshape(Layer):
    """The same elements in the same order with other axes; an axis of -1 takes what is left."""

    target_shape: TargetShape

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        (shape,) = inputs
        size = math.prod(shape)
        known = math.prod(axis for axis in self.target_shape if axis != -1)
        left, over = divmod(size, known)
        if over or (left != 1 and -1 not in self.target_shape):
            raise ShapeError(f"{shape} has {size} elements, which do not fill {self.target_shape}")
        return tuple(left if axis == -1 else axis for axis in self.target_shape)

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class ZeroPadding2D(Layer):
    """Zeros around an image: ((top, bottom), (left, right))."""

    padding: Margins = ((1, 1), (1, 1))

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        height, width, channels = image(inputs[0])
        vertical, horizontal = self.padding
        return height + sum(vertical), width + sum(horizontal), channels

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
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        height, width, channels = image(inputs[0])
        vertical, horizontal = self.cropping
        if sum(vertical) >= height or sum(horizontal) >= width:
            raise ShapeError(f"cropping {self.cropping} leaves nothing of {inputs[0]}")
        return height - sum(vertical), width - sum(horizontal), channels


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
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        (shape,) = inputs
        index = axis_index(self.axis, shape)
        places = self.places(shape)
        if not places:
            end = "to its end" if self.stop is None else f"up to {self.stop}"
            raise ShapeError(f"axis {self.axis} of {shape} has no place from {self.start} {end}")
        return (*shape[:index], len(places), *shape[index + 1 :])

    def places(self, shape: Shape) -> range:
        """The places along the axis that are taken of an input of this shape."""
        return range(shape[axis_index(self.axis, shape)])[self.start : self.stop : self.step]

    def chunk(self, shape: Shape) -> tuple[int, int] | None:
        """(i, n) where the places are chunk i of n equal ones, of which there are 2 to 4; None otherwise."""
        places, size = self.places(shape), shape[axis_index(self.axis, shape)]
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
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        (shape,) = inputs
        if len(shape) != len(self.dims):
            raise ShapeError(f"{self.dims} is no order of the axes of {shape}")
        return tuple(shape[axis - 1] for axis in self.dims)
