"""The transposed convolution in Keras, which crops only for "same": other crops are separate steps."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.program.calls import Argument, Call, Function, Literal, Site
from archspec_tensorflow.emit.initializers import bias, kernel
from archspec_tensorflow.emit.row import Row, Steps, named
from archspec_tensorflow.emit.window import padding_word, square

Pair = tuple[int, int]


def _conv_transpose(site: Site[Conv2DTranspose]) -> Steps:
    layer = site.layer
    first = (
        Argument("filters", layer.filters, positional=True),
        Argument("kernel_size", square(layer.kernel_size), positional=True),
        Argument("strides", square(layer.strides), default=1),
    )
    rest = (
        Argument("use_bias", layer.use_bias, default=True),
        kernel("kernel_initializer", layer.kernel_initializer),
        # PyTorch counts a transposed kernel's filters as its inputs.
        bias(layer, prod(layer.kernel_size) * layer.filters),
    )
    if layer.reach != layer.kernel_size:
        dilation = Argument("dilation", square(layer.dilation_rate), default=1)
        added = Argument("output_padding", square(_added(layer)), default=0)
        return Call("DilatedConv2DTranspose", (*first, added, dilation, *rest)), *_cropped(layer)
    if layer.crops == _crops(layer, "valid"):
        return (Call("layers.Conv2DTranspose", (*first, *rest)),)
    if layer.crops == _crops(layer, "same"):
        return (Call("layers.Conv2DTranspose", (*first, padding_word("same"), *rest)),)
    added = Argument("output_padding", square(_added(layer)), default=_added_when_valid(layer))
    return Call("layers.Conv2DTranspose", (*first, added, *rest)), *_cropped(layer)


def _crops(layer: Conv2DTranspose, word: str) -> tuple[Pair, Pair]:
    """The elements that the layer would crop with this padding and no output padding."""
    return layer.model_copy(update={"padding": word, "output_padding": None}).crops


def _added(layer: Conv2DTranspose) -> Pair:
    """The number of elements that are missing at the end of the whole result."""
    (_, bottom), (_, right) = layer.crops
    return max(-bottom, 0), max(-right, 0)


def _added_when_valid(layer: Conv2DTranspose) -> Literal:
    """The number of elements that Keras adds for "valid" by default."""
    (_, bottom), (_, right) = _crops(layer, "valid")
    return square((-bottom, -right))


def _cropped(layer: Conv2DTranspose) -> Steps:
    (top, bottom), (left, right) = layer.crops
    rows, columns = (f"{start or ''}:{-end if end > 0 else ''}" for start, end in ((top, bottom), (left, right)))
    if columns == ":":
        return () if rows == ":" else (Function(f"{{0}}[:, {rows}]"),)
    return (Function(f"{{0}}[:, {rows}, {columns}]"),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {Conv2DTranspose: Row(_conv_transpose, named("kernel", "bias"))}
)
