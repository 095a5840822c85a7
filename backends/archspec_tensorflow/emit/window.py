"""Padding in Keras: "valid", "same", or a separate step before a layer with padding "valid"."""

from __future__ import annotations

from archspec.ir import Axes
from archspec.layers.axes import if_known
from archspec.layers.window import Edges, WindowedLayer, output_size, same_padding
from archspec.program.calls import Argument, Call, Literal

Margins = tuple[Edges, Edges]
"""Numbers of elements around an image: ((top, bottom), (left, right))."""

NONE: Margins = ((0, 0), (0, 0))


def square(pair: tuple[int, int]) -> Literal:
    """A pair in its short form: one number if both are equal."""
    return pair[0] if pair[0] == pair[1] else pair


def is_same(
    axes: Axes, kernel: tuple[int, int], strides: tuple[int, int], dilation: tuple[int, int], padding: Margins
) -> bool:
    """Whether Keras's "same" gives the same windows as this padding, for an image of these axes."""
    return all(_is_same(*axis) for axis in zip(axes[:2], kernel, strides, dilation, padding, strict=True))


def _is_same(size: int | None, kernel: int, stride: int, dilation: int, padding: Edges) -> bool:
    if size is None:  # it must hold for every size
        return stride == 1 and padding == same_padding(1, kernel, 1, dilation)
    windows = output_size(size, kernel, stride, dilation, padding)
    # Padding that no window reaches has no effect.
    reached = (windows - 1) * stride + (kernel - 1) * dilation + 1 - size - padding[0]
    same = same_padding(size, kernel, stride, dilation)
    return windows == -(-size // stride) and (padding[0], max(reached, 0)) == same


def zero_padding(padding: Margins) -> Call:
    """The layer that adds zeros around an image."""
    return Call("layers.ZeroPadding2D", (Argument("padding", margins(padding), positional=True),))


def margins(padding: Margins) -> Literal:
    """Margins in their short form."""
    (top, bottom), (left, right) = padding
    return square((top, left)) if (top, left) == (bottom, right) else padding


def widened(first: Margins, second: Margins) -> Margins:
    """The sum of both margins."""
    (top, bottom), (left, right) = first
    (more_top, more_bottom), (more_left, more_right) = second
    return (top + more_top, bottom + more_bottom), (left + more_left, right + more_right)


def padded_axes(axes: Axes, padding: Margins) -> Axes:
    """The axes of an image with these margins."""
    height, width = (if_known(size, sum(edges).__add__) for size, edges in zip(axes[:2], padding, strict=True))
    return height, width, *axes[2:]


def depends_on_unknown(layer: WindowedLayer, axes: Axes) -> bool:
    """Whether the padding is "same" and depends on the length of an axis that is unknown."""
    sizes = zip(axes[:2], layer.strides, layer.window, strict=True)
    return layer.padding == "same" and any(size is None and min(apart, window) > 1 for size, apart, window in sizes)


def padding_word(word: str) -> Argument:
    """The `padding` argument of a Keras layer."""
    return Argument("padding", word, default="valid")
