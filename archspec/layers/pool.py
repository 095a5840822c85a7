"""Pooling.

Window i of o over n elements of adaptive pooling goes from floor(i n / o) up to ceil((i + 1) n / o).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AliasChoices, BeforeValidator, Field, ValidationInfo
from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Axes, Essence, Gives, Layer, Moments, Shape, TensorType, essence
from archspec.layers.attributes import Flag, Padding, Pair
from archspec.layers.window import NO_PADDING, WindowedLayer, image, output_size


def _size_for_none(strides: object, info: ValidationInfo) -> object:
    # A pool size that was refused is not in the data, and has its own message.
    return info.data.get("pool_size", 1) if strides is None else strides


class Pooling(WindowedLayer):
    """What the pooling layers with windows have in common.

    `strides` of None are the window's size. `ceil_mode` keeps a last window that is only partly inside, as PyTorch
    does.
    """

    is_base = True
    _whole: ClassVar[str]
    """The kind of the same function over the whole image."""

    pool_size: Pair = Field(default=(2, 2), validation_alias=AliasChoices("pool_size", "kernel_size"))
    strides: Annotated[Pair, BeforeValidator(_size_for_none)] = Field(default=None, validate_default=True)
    padding: Padding = "valid"
    ceil_mode: Flag = False

    @property
    @override
    def window(self) -> tuple[int, int]:
        return self.pool_size

    @property
    @override
    def rounds_up(self) -> bool:
        return self.ceil_mode

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        windows = self.windows(read.axes)
        padding = self.padding
        if isinstance(padding, tuple) and any(
            max(edges) >= size for edges, size in zip(padding, self.pool_size, strict=True)
        ):
            raise ShapeError(f"padding {padding} leaves windows of size {self.pool_size} with nothing but padding")
        return read.with_axes((*windows, read.channels))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        found = self._windowing(reads[0])
        pool_size = found.pop("kernel_size")
        found["pool_size"] = pool_size
        if found["padding"] == NO_PADDING and reads[0] is not None and reads[0][:2] == self.pool_size:
            return Essence(self._whole)
        found["ceil_mode"] = self.ceil_mode and self._rounds(reads[0], found["padding"])
        return essence(type(self).__name__, found)

    def _rounds(self, read: Axes | None, padding: object) -> bool:
        """Whether `ceil_mode` makes a difference for an image of this size, if that is known."""
        if read is None or not isinstance(padding, tuple):
            return True
        for size, kernel, stride, edges in zip(read[:2], self.pool_size, self.strides, padding, strict=True):
            if size is None:
                return True
            if output_size(size, kernel, stride, 1, edges, True) != output_size(size, kernel, stride, 1, edges):
                return True
        return False


class MaxPooling2D(Pooling):
    """The largest element of each window; the padding counts as minus infinity."""

    pads_with_zeros = False
    _whole: ClassVar[str] = "GlobalMaxPooling2D"

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].pooled(rise=0.9, rest=0.8)


class AveragePooling2D(Pooling):
    """The mean of each window; the padding is no part of it unless `count_include_pad`."""

    _whole: ClassVar[str] = "GlobalAveragePooling2D"
    count_include_pad: Flag = False

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        found = super().essence(reads, gives)
        if found is None or found.kind == self._whole:
            return found
        attributes = dict(found.attributes)
        counts = self.count_include_pad and attributes["padding"] != NO_PADDING
        return essence(found.kind, {**attributes, "count_include_pad": counts})

    @override
    def gives(self) -> Gives:
        return "means"

    @override
    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        return math.sqrt(math.prod(self.pool_size))

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].pooled(rise=0.0, rest=0.5)


class AdaptivePooling(Layer):
    """What pooling to a given size has in common.

    Window `i` of `o` over `n` elements is PyTorch's: from floor(i * n / o) up to ceil((i + 1) * n / o), so that
    windows may differ in size by one and overlap.
    """

    is_base = True
    _whole: ClassVar[str]
    output_size: Pair

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        if reads[0] is not None and reads[0][:2] == self.output_size:
            return None
        if self.output_size == (1, 1):
            return Essence(self._whole)
        return super().essence(reads, gives)

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        image(read.axes)
        return read.with_axes((*self.output_size, read.channels))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class AdaptiveAveragePooling2D(AdaptivePooling):
    """The mean of each window."""

    _whole: ClassVar[str] = "GlobalAveragePooling2D"

    @override
    def gives(self) -> Gives:
        return "means"

    @override
    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        return math.sqrt(max(1.0, math.prod(inputs[0]) / math.prod(output)))

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].pooled(rise=0.0, rest=0.5)


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The largest element of each window."""

    _whole: ClassVar[str] = "GlobalMaxPooling2D"

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].pooled(rise=0.9, rest=0.8)


class GlobalPooling(Layer):
    """What pooling over the whole image has in common: `keepdims` keeps (1, 1, channels)."""

    is_base = True
    silent = frozenset({"keepdims"})
    keepdims: Flag = False

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        image(read.axes)
        return read.with_axes((1, 1, read.channels) if self.keepdims else (read.channels,))

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel."""

    @override
    def gives(self) -> Gives:
        return "means"

    @override
    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        return math.sqrt(math.prod(inputs[0]) / math.prod(output))

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].pooled(rise=0.0, rest=0.3)


class GlobalMaxPooling2D(GlobalPooling):
    """The largest element of each channel."""

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].pooled(rise=2.0, rest=0.4)
