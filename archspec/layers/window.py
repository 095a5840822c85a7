"""The arithmetic of windows that slide over an image: padding, output sizes and average pooling's divisors.

The functions speak of one axis; `WindowedLayer` and `padding_for` of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from archspec.errors import ShapeError, UnknownSizeError
from archspec.ir import Axes, Essence, Layer, essence, shown
from archspec.layers.attributes import Padding, Pair
from archspec.layers.axes import if_known

Edges = tuple[int, int]
"""Elements before and after an axis."""

NO_PADDING: tuple[Edges, Edges] = ((0, 0), (0, 0))


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
    pads_with_zeros: ClassVar[bool] = True

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

    @override
    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        return essence(type(self).__name__, self._windowing(reads[0]))

    def _windowing(self, read: Axes | None) -> dict[str, object]:
        """The attributes of the windows over an image of these axes."""
        return {
            "kernel_size": self.window,
            "strides": self.strides,
            "padding": self._resolved(read),
            "dilation_rate": self.spread,
        }

    def _resolved(self, read: Axes | None) -> tuple[Edges, Edges] | str:
        """The padding in numbers, or its word where that depends on an unknown size."""
        if isinstance(self.padding, tuple):
            return self.padding
        try:
            return padding_for(self, (None, None, 1) if read is None else read)
        except (ShapeError, IndexError):
            return self.padding

    def windows(self, axes: Axes) -> Axes:
        """How many windows an image has (vertical, horizontal), None along an axis of unknown length.

        Raises `ShapeError` if there is none.
        """
        counts = tuple(if_known(size, partial(self._windows, axis)) for axis, size in enumerate(image(axes)[:2]))
        if 0 in counts:
            reach = tuple(extent(self.window[axis], self.spread[axis]) for axis in (0, 1))
            padded = tuple(if_known(size, partial(self._padded, axis)) for axis, size in enumerate(axes[:2]))
            dilated = "" if self.spread == (1, 1) else f", dilated to {reach},"
            raise ShapeError(f"kernel {self.window}{dilated} is larger than its padded input {shown(padded)}")
        return counts

    def _windows(self, axis: int, size: int) -> int:
        """How many windows there are along an axis of this length."""
        edges = _edges(self, axis, size)
        return output_size(size, self.window[axis], self.strides[axis], self.spread[axis], edges, self.rounds_up)

    def _padded(self, axis: int, size: int) -> int:
        return size + sum(_edges(self, axis, size))


def image(axes: Axes) -> Axes:
    """The axes themselves if they are an image's; raises `ShapeError` otherwise."""
    if len(axes) != 3:
        raise ShapeError(f"it needs an image (height, width, channels), not {shown(axes)}")
    return axes


def padding_for(layer: WindowedLayer, axes: Axes) -> tuple[Edges, Edges]:
    """The padding ((top, bottom), (left, right)) that the layer's words mean for an image.

    Raises `UnknownSizeError` where that depends on an unknown length (see `pads_by_size`).
    """
    return _edges(layer, 0, axes[0]), _edges(layer, 1, axes[1])


def _edges(layer: WindowedLayer, axis: int, size: int | None) -> Edges:
    """The padding along one axis."""
    if isinstance(layer.padding, tuple):
        return layer.padding[axis]
    if layer.padding == "valid":
        return 0, 0
    window, stride, spread = layer.window[axis], layer.strides[axis], layer.spread[axis]
    if size is None and stride > 1 and window > 1:
        raise UnknownSizeError('the padding of "same" depends on the size, which is unknown')
    # Otherwise all sizes have one padding.
    return same_padding(1 if size is None else size, window, stride, spread)
