"""Pooling in Keras, which pads only for "same": other padding is a separate step."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.errors import EmitError
from archspec.ir import Axes, Layer, are_known
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AdaptivePooling,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.layers.window import Edges, overhang, padding_for
from archspec.program.calls import GENERAL, Argument, Call, Function, Site
from archspec_tensorflow.emit.row import NONNEGATIVE, Row, Steps
from archspec_tensorflow.emit.window import (
    NONE,
    Margins,
    depends_on_unknown,
    is_same,
    padded_axes,
    padding_word,
    square,
    widened,
    zero_padding,
)

Pooling = MaxPooling2D | AveragePooling2D


def _max_pooling(site: Site[MaxPooling2D]) -> Steps:
    layer, shape = site.layer, site.inputs[0]
    if depends_on_unknown(layer, shape):
        return (_pool("layers.MaxPooling2D", layer, padding_word("same")),)
    padding = widened(padding_for(layer, shape), _overhang(site))
    if padding == NONE:
        return (_pool("layers.MaxPooling2D", layer),)
    if _may_be_same(site) and is_same(shape, layer.window, layer.strides, (1, 1), padding):
        return (_pool("layers.MaxPooling2D", layer, padding_word("same")),)
    # If all elements are at least zero, a padding of zeros never exceeds them, and no gradient passes at a tie.
    pad = zero_padding(padding) if NONNEGATIVE in site.facts else _lowest_padding(padding)
    return pad, _pool("layers.MaxPooling2D", layer)


def _average_pooling(site: Site[AveragePooling2D]) -> Steps:
    layer, shape = site.layer, site.inputs[0]
    if depends_on_unknown(layer, shape):
        return (_same_average(layer),)
    padding = padding_for(layer, shape)
    counted, uncounted = (padding, NONE) if layer.count_include_pad else (NONE, padding)
    uncounted = widened(uncounted, _overhang(site))
    before = () if counted == NONE else (zero_padding(counted),)
    return *before, _average(site, padded_axes(shape, counted), uncounted)


def _same_average(layer: AveragePooling2D) -> Call:
    """The pool with "same" padding, which follows the size of the image."""
    if layer.count_include_pad:
        raise EmitError(
            'AveragePooling2D: Keras never counts what "same" pads, and as a step of its own the padding depends on '
            "the image's size, which is unknown"
        )
    return _pool("layers.AveragePooling2D", layer, padding_word("same"))


def _may_be_same(site: Site[Any]) -> bool:
    """Whether Keras's "same" may say the padding: of images of several sizes, only if the layer's padding is "same"."""
    return GENERAL not in site.facts or site.layer.padding == "same"


def _average(site: Site[AveragePooling2D], shape: Axes, uncounted: Margins) -> Call:
    """The pool over an image with margins that the divisor does not count."""
    layer = site.layer
    if uncounted == NONE:
        return _pool("layers.AveragePooling2D", layer)
    if _may_be_same(site) and is_same(shape, layer.window, layer.strides, (1, 1), uncounted):
        return _pool("layers.AveragePooling2D", layer, padding_word("same"))
    return _pool("PaddedAveragePooling2D", layer, Argument("margins", uncounted))


def _pool(callee: str, layer: Pooling, *rest: Argument) -> Call:
    # Keras's default for strides is the size of the window.
    arguments = (
        Argument("pool_size", square(layer.window), positional=True),
        Argument("strides", square(layer.strides), default=square(layer.window)),
    )
    return Call(callee, (*arguments, *rest))


def _overhang(site: Site[Any]) -> Margins:
    """The margins that the last windows need beyond the padding if sizes are rounded up.

    For unknown sizes, or where a layer must be right for several, they are enough for all.
    """
    layer: Pooling = site.layer
    if not layer.ceil_mode:
        return NONE
    padding = padding_for(layer, site.inputs[0])
    windows = list(zip(layer.window, layer.strides, padding, strict=True))
    fits_any_size = all(stride <= window - end for window, stride, (_, end) in windows)
    sizes = (None, None) if GENERAL in site.facts and fits_any_size else site.inputs[0][:2]
    bottom, right = [_reached(size, *window) for size, window in zip(sizes, windows, strict=True)]
    return (0, bottom), (0, right)


def _reached(size: int | None, window: int, stride: int, padding: Edges) -> int:
    """The elements that the last window needs beyond the padding along one axis.

    With stride - 1 more elements at the end, as many windows fit as rounding up gives. No window may begin beyond the
    image, because PyTorch has none there: this holds if the stride is at most the window minus the padding at the end.
    """
    if size is not None:
        return overhang(size, window, stride, padding)
    if stride > window - padding[1]:
        raise EmitError("ceil_mode: in Keras how many windows there are depends on the image's size, which is unknown")
    return stride - 1


def _lowest_padding(padding: Margins) -> Function:
    pads = ((0, 0), *padding, (0, 0))
    return Function(f'ops.pad({{0}}, {pads}, constant_values=float("-inf"))')


def _adaptive_pooling(kind: str) -> Row[Any]:
    def describe(site: Site[AdaptivePooling]) -> Steps:
        height, width = site.layer.output_size
        sizes = site.inputs[0][:2]
        if are_known(sizes) and GENERAL not in site.facts:
            (rows, more_rows), (columns, more_columns) = map(divmod, sizes, (height, width))
            if not (more_rows or more_columns):
                return (Call(f"layers.{kind}2D", (Argument("pool_size", square((rows, columns)), positional=True),)),)
        size = Argument("output_size", square((height, width)), positional=True)
        if not are_known(sizes) and (height, width) != (1, 1):
            # Keras's own layer refuses an unknown size in a `tf.function`.
            return (Call("AnySizePooling2D", (size, Argument("reduction", _OVER_AXES[kind], positional=True))),)
        if 1 in (height, width, *sizes):
            return _adaptive_by_axes(site, kind)
        return (Call(f"layers.Adaptive{kind}2D", (size,)),)

    return Row(describe)


_OVER_AXES = {"AveragePooling": "mean", "MaxPooling": "max"}


def _adaptive_by_axes(site: Site[AdaptivePooling], kind: str) -> Steps:
    """Adaptive pooling, axis by axis, if an axis has one element or one window.

    Keras 3.15's layer for images also pools with a window of one element more. If this window is larger than the image,
    a `tf.function`, as `predict` and `fit` make, refuses it, and the gradient of the largest elements is uninitialised
    memory.
    """
    sizes = dict(zip((1, 2), site.layer.output_size, strict=True))
    whole = tuple(axis for axis, size in sizes.items() if 1 in (size, site.inputs[0][axis - 1]))
    axes = whole if len(whole) > 1 else whole[0]
    along = tuple(Argument("output_size", sizes[axis], positional=True) for axis in sizes if axis not in whole)
    return (
        Function(f"ops.{_OVER_AXES[kind]}({{0}}, axis={axes})"),
        *(Call(f"layers.Adaptive{kind}1D", (size,)) for size in along),
        Function(f"ops.expand_dims({{0}}, axis={axes})"),
        *(Function(f"ops.repeat({{0}}, {sizes[axis]}, axis={axis})") for axis in whole if sizes[axis] > 1),
    )


def _global_pooling(callee: str) -> Row[Any]:
    def describe(site: Site[Any]) -> Steps:
        return (Call(callee, (Argument("keepdims", site.layer.keepdims, default=False),)),)

    return Row(describe)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        MaxPooling2D: Row(_max_pooling),
        AveragePooling2D: Row(_average_pooling),
        AdaptiveAveragePooling2D: _adaptive_pooling("AveragePooling"),
        AdaptiveMaxPooling2D: _adaptive_pooling("MaxPooling"),
        GlobalAveragePooling2D: _global_pooling("layers.GlobalAveragePooling2D"),
        GlobalMaxPooling2D: _global_pooling("layers.GlobalMaxPooling2D"),
    }
)
