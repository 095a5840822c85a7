"""The arithmetic of windows that slide over an image: padding, output sizes and average pooling's divisors.

The functions speak of one axis; `WindowedLayer` and `padding_for` of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.errors import ShapeError
from archspec.ir import Layer, Shape
from archspec.layers.attributes import Padding, Pair

Edges = tuple[int, int]
"""Elements before and after an axis."""


def extent(kernel: int, dilation: int = 1) -> int:
    """How far a dilated kernel reaches from its first element to its last, both counted."""
    return (kernel - 1) * dilation + 1


def same_padding(size: int, kernel: int, stride: int = 1, dilation: int = 1) -> Edges:
    """Keras's "same": just enough for ceil(size / stride) windows, the odd element at the end."""
    windows = -(-size // stride)
    total = max((windows - 1) * stride + extent(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def output_size(
    size: int, kernel: int, stride: int = 1, dilation: int = 1, padding: Edges = (0, 0), ceil_mode: bool = False
) -> int:
    """How many windows there are: 0 where not even one fits.

    With `ceil_mode` a last window may reach beyond the padding, but by PyTorch's rule only if it starts before the
    padding at the end.
    """
    room = size + sum(padding) - extent(kernel, dilation)
    windows = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (windows - 1) * stride >= size + padding[0]:
        windows -= 1
    return max(windows, 0)


def overhang(size: int, kernel: int, stride: int, padding: Edges, ceil_mode: bool = True, dilation: int = 1) -> int:
    """How many elements the last window reaches beyond the padded input: 0 unless `ceil_mode` rounds up."""
    windows = output_size(size, kernel, stride, dilation, padding, ceil_mode)
    reached = (windows - 1) * stride + extent(kernel, dilation) if windows else 0
    return max(reached - size - sum(padding), 0)


def divisors(
    size: int, kernel: int, stride: int, padding: Edges, ceil_mode: bool = False, count_include_pad: bool = False
) -> tuple[int, ...]:
    """How many elements of this axis average pooling counts in each window: the divisor is the product over axes.

    What lies beyond the padding is never counted, the padding only with `count_include_pad` (PyTorch's rule).
    """
    low, high = (-padding[0], size + padding[1]) if count_include_pad else (0, size)
    windows = output_size(size, kernel, stride, 1, padding, ceil_mode)
    starts = (index * stride - padding[0] for index in range(windows))
    return tuple(min(start + kernel, high) - max(start, low) for start in starts)


class WindowedLayer(Layer):
    """A layer whose output is computed from windows of an image.

    A subclass has the fields `padding` and `strides`, and says what the window is.
    """

    is_base = True

    if TYPE_CHECKING:
        padding: Padding
        strides: Pair

    @property
    def window(self) -> tuple[int, int]:
        """The window's elements (vertical, horizontal)."""
        raise NotImplementedError

    @property
    def spread(self) -> tuple[int, int]:
        """How far apart a window's elements are (vertical, horizontal)."""
        return 1, 1

    @property
    def rounds_up(self) -> bool:
        """Whether a last window may reach beyond the padding."""
        return False

    @property
    def pads_by_size(self) -> bool:
        """Whether the padding depends on the image's size: "same" does so on an axis with windows apart."""
        apart = (stride > 1 and window > 1 for stride, window in zip(self.strides, self.window, strict=True))
        return self.padding == "same" and any(apart)

    def windows(self, shape: Shape) -> tuple[int, int]:
        """How many windows an image of this shape has (vertical, horizontal); raises `ShapeError` if there is none."""
        image(shape)
        window, spread, up = self.window, self.spread, self.rounds_up
        vertical, horizontal = padding_for(self, shape)
        height = output_size(shape[0], window[0], self.strides[0], spread[0], vertical, up)
        width = output_size(shape[1], window[1], self.strides[1], spread[1], horizontal, up)
        if not (height and width):
            reach = tuple(extent(self.window[axis], self.spread[axis]) for axis in (0, 1))
            padded = shape[0] + sum(vertical), shape[1] + sum(horizontal)
            dilated = "" if self.spread == (1, 1) else f", dilated to {reach},"
            raise ShapeError(f"kernel {self.window}{dilated} is larger than its padded input {padded}")
        return height, width


def image(shape: Shape) -> Shape:
    """The shape itself if it is an image's; raises `ShapeError` otherwise."""
    if len(shape) != 3:
        raise ShapeError(f"it needs an image (height, width, channels), not {shape}")
    return shape


def padding_for(layer: WindowedLayer, shape: Shape) -> tuple[Edges, Edges]:
    """The padding ((top, bottom), (left, right)) that the layer's words mean for an input of this shape."""
    if isinstance(layer.padding, tuple):
        return layer.padding
    if layer.padding == "valid":
        return (0, 0), (0, 0)
    vertical, horizontal = (
        same_padding(shape[axis], layer.window[axis], layer.strides[axis], layer.spread[axis]) for axis in (0, 1)
    )
    return vertical, horizontal
