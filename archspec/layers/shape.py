"""Layers that move elements and compute nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Layer, Shape
from archspec.layers.attributes import Margins, TargetShape
from archspec.layers.window import image


class Flatten(Layer):
    """All elements in one axis, channels last: height, width, channels."""

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        return (math.prod(inputs[0]),)


class Reshape(Layer):
    """The same elements in the same order with other axes; an axis of -1 takes what is left."""

    target_shape: TargetShape

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        (shape,) = inputs
        size = math.prod(shape)
        known = math.prod(axis for axis in self.target_shape if axis != -1)
        left, over = divmod(size, known)
        if over or (left != 1 and -1 not in self.target_shape):
            raise ShapeError(f"{shape} has {size} elements, which do not fill {self.target_shape}")
        return tuple(left if axis == -1 else axis for axis in self.target_shape)


class ZeroPadding2D(Layer):
    """Zeros around an image: ((top, bottom), (left, right))."""

    padding: Margins = ((1, 1), (1, 1))

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        height, width, channels = image(inputs[0])
        vertical, horizontal = self.padding
        return height + sum(vertical), width + sum(horizontal), channels
