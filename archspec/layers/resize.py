"""Sizes of images.

The centre of pixel i is at i + 1/2; beyond the last centre its pixel goes on.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Annotated

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Gives, Layer, Shape, TensorType
from archspec.layers.attributes import Check, Pair, Size, one_of
from archspec.layers.axes import if_known, unknown_size
from archspec.layers.window import image

INTERPOLATIONS = ("nearest", "bilinear")

LARGEST = 2**15
"""Rows or columns that "nearest" is tried for one by one."""

Interpolation = Annotated[str, Check(lambda value: one_of(value, INTERPOLATIONS, "interpolation"))]
"""How values between pixels are found."""


class UpSampling2D(Layer):
    """An image with `size` times as many rows and columns: repeated, or between the nearest by a straight line."""

    size: Pair = (2, 2)
    interpolation: Interpolation = "nearest"

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        return _roundoffs(self.interpolation, inputs[0])

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        height, width, channels = image(read.axes)
        rows, columns = self.size
        return read.with_axes((if_known(height, rows.__mul__), if_known(width, columns.__mul__), channels))


class Resizing(Layer):
    """An image of this height and width: each pixel from where its centre falls, without smoothing first.

    "nearest" is PyTorch's "nearest-exact". It is refused where a centre falls on the border of two pixels and rounding
    decides, in each framework for itself, which of them it is.
    """

    height: Size
    width: Size
    interpolation: Interpolation = "bilinear"

    @override
    def gives(self) -> Gives:
        return "same"

    @override
    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        return _roundoffs(self.interpolation, inputs[0])

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        image(read.axes)
        if self.interpolation == "nearest":
            for size, wanted in zip(read.axes, (self.height, self.width), strict=False):
                if size is None:
                    raise unknown_size('whether "nearest" is exact', read.axes, instead='take "bilinear"')
                if _meets_a_border(size, wanted):
                    raise ShapeError(
                        f'"nearest" from {size} to {wanted} falls between two pixels, where frameworks differ: '
                        f'take "bilinear" or another size'
                    )
        return read.with_axes((self.height, self.width, read.channels))


def _meets_a_border(size: int, wanted: int) -> bool:
    """Whether a centre, at (i + 1/2) * size / wanted, is a whole number that rounding may miss.

    That is for i + 1/2 = k * step / 2, k odd, if `step`, which is 2 * wanted without what it shares with the size, is
    odd. Both precisions are tried, except for images that are too large to try.
    """
    step = 2 * wanted // math.gcd(2 * wanted, size)
    if step % 2 == 0 or step == 1:
        return False
    scale, short = size / wanted, _float32(size / wanted)
    places = range(step, 2 * wanted, 2 * step)
    return wanted > LARGEST or any(
        place * size // (2 * wanted) != int(found)
        for place in places
        for found in (place / 2 * scale, _float32(place / 2 * short))
    )


def _float32(number: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    return rounded


def _roundoffs(interpolation: str, shape: Shape) -> float:
    """Between pixels, places are rounded: by as many roundoffs of a pixel as there are rows or columns."""
    return float(max(shape[:2])) if interpolation == "bilinear" else 1.0
