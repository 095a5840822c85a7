"""Convolutions in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, prod
from types import MappingProxyType
from typing import Any

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec.ir.initializers import VarianceScaling
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.window import padding_for
from archspec.program.calls import GENERAL, Argument, Call, Function, Site
from archspec_tensorflow.emit.initializers import bias, kernel
from archspec_tensorflow.emit.row import PADDING_WORD, Native, Row, Steps, named
from archspec_tensorflow.emit.window import NONE, depends_on_unknown, is_same, padding_word, square, zero_padding

Pair = tuple[int, int]


def _conv(site: Site[Conv2D]) -> Steps:
    layer = site.layer
    arguments = (
        Argument("filters", layer.filters, positional=True),
        Argument("kernel_size", square(layer.kernel_size), positional=True),
    )
    rest = (
        Argument("groups", layer.groups, default=1),
        Argument("use_bias", layer.use_bias, default=True),
        kernel("kernel_initializer", layer.kernel_initializer),
        bias(layer, prod(layer.kernel_size) * site.channels // layer.groups),
    )
    # Keras refuses strides together with dilation: a slice drops the other windows afterwards.
    strides = (1, 1) if _dilation(layer) != (1, 1) else layer.strides
    return _steps(site, "layers.Conv2D", arguments, strides, rest)


def _depthwise_conv(site: Site[DepthwiseConv2D]) -> Steps:
    layer = site.layer
    arguments = (Argument("kernel_size", square(layer.kernel_size), positional=True),)
    rest = (
        Argument("depth_multiplier", layer.depth_multiplier, default=1),
        Argument("use_bias", layer.use_bias, default=True),
        # PyTorch counts one input for each filter, Keras all channels, with the filters of one as outputs.
        kernel(
            "depthwise_initializer",
            layer.depthwise_initializer,
            VarianceScaling(layer.depth_multiplier / 3, "fan_out", "uniform"),
        ),
        bias(layer, prod(layer.kernel_size)),
    )
    # TensorFlow has one stride for both axes, and none together with dilation.
    stride = 1 if _dilation(layer) != (1, 1) else gcd(*layer.strides)
    return _steps(site, "layers.DepthwiseConv2D", arguments, (stride, stride), rest)


def _dilation(layer: Conv2D | DepthwiseConv2D) -> Pair:
    """The dilation, or 1 along an axis with a kernel of one element."""
    (height, width), (vertical, horizontal) = layer.kernel_size, layer.dilation_rate
    return vertical if height > 1 else 1, horizontal if width > 1 else 1


def _steps(
    site: Site[Any], callee: str, first: tuple[Argument, ...], strides: Pair, rest: tuple[Argument, ...]
) -> Steps:
    """The steps: padding, the convolution with these strides, and a slice for the rest of the layer's strides."""
    layer: Conv2D | DepthwiseConv2D = site.layer
    dilation = _dilation(layer)
    by_size = depends_on_unknown(layer, site.inputs[0])
    if by_size and strides != layer.strides:
        raise EmitError(
            f'{type(layer).__name__}: Keras has no such strides or dilation, and "same" before windows are left out is '
            "padding that depends on the image's size, which is unknown"
        )
    padding = NONE if by_size else padding_for(layer, site.inputs[0])
    same = by_size or (
        (padding != NONE or (PADDING_WORD in site.facts and layer.padding != "valid"))
        and (GENERAL not in site.facts or (layer.padding == "same" and strides == layer.strides))
        and is_same(site.inputs[0], layer.kernel_size, strides, dilation, padding)
    )
    arguments = (
        *first,
        Argument("strides", square(strides), default=1),
        padding_word("same" if same else "valid"),
        Argument("dilation_rate", square(dilation), default=1),
        *rest,
    )
    before = () if same or padding == NONE else (zero_padding(padding),)
    left = (layer.strides[0] // strides[0], layer.strides[1] // strides[1])
    after = () if left == (1, 1) else (_every(left),)
    return (*before, Call(callee, arguments), *after)


def _every(strides: Pair) -> Function:
    """A slice of every n-th row and column."""
    rows, columns = (f"::{stride}" if stride > 1 else ":" for stride in strides)
    return Function(f"{{0}}[:, {rows}]" if columns == ":" else f"{{0}}[:, {rows}, {columns}]")


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        Conv2D: Row(_conv, named("kernel", "bias")),
        DepthwiseConv2D: Row(
            _depthwise_conv, {"kernel": Native("kernel", older=("depthwise_kernel",)), "bias": Native("bias")}
        ),
    }
)
