"""Convolutions."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer, Shape
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.window import padding_for
from archspec.program.calls import GENERAL, Argument, Call, Site
from archspec_torch.emit.row import PADDING_WORD, Native, Row, TorchLayer, collapse, pads_when_run


def _conv(site: Site[Conv2D]) -> TorchLayer:
    return _convolution(site, groups=site.layer.groups)


def _depthwise(site: Site[DepthwiseConv2D]) -> TorchLayer:
    return _convolution(site, groups=site.channels)


def _convolution(site: Site[Conv2D] | Site[DepthwiseConv2D], groups: int) -> TorchLayer:
    layer = site.layer
    callee, padding = _padded(site)
    arguments = (
        Argument("in_channels", site.channels, positional=True),
        Argument("out_channels", site.output[-1], positional=True),
        Argument("kernel_size", collapse(layer.kernel_size), positional=True),
        Argument("stride", collapse(layer.strides), default=1),
        *padding,
        Argument("dilation", collapse(layer.dilation_rate), default=1),
        Argument("groups", groups, default=1),
        Argument("bias", layer.use_bias, default=True),
    )
    return TorchLayer(Call(callee, arguments))


def _padded(site: Site[Conv2D] | Site[DepthwiseConv2D]) -> tuple[str, tuple[Argument, ...]]:
    """The class for the layer's padding, and the arguments about padding."""
    if pads_when_run(site):
        return "Conv2dSame", ()
    if PADDING_WORD in site.facts and isinstance(site.layer.padding, str):
        return "nn.Conv2d", (Argument("padding", site.layer.padding, default=0),)
    (top, bottom), (left, right) = padding_for(site.layer, site.inputs[0])
    if top == bottom and left == right and GENERAL not in site.facts:
        return "nn.Conv2d", (Argument("padding", collapse((top, left)), default=0),)
    return "PaddedConv2d", (Argument("pad", (left, right, top, bottom)),)


def _depthwise_shape(canonical: Shape) -> Shape:
    height, width, channels, multiplier = canonical
    return channels * multiplier, 1, height, width


def _all_channels_as_inputs(canonical: Shape) -> str:
    """Keras counts a depthwise kernel's channels as its inputs, and its multiplier as its outputs."""
    multiplier = canonical[-1]
    apart = "" if multiplier == 1 else f".unflatten(0, (-1, {multiplier}))[:, :, 0]"
    return f"{apart}.transpose(0, 1)"


_BIAS = Native("bias")

ROWS: Mapping[type[Layer], Row] = {
    Conv2D: Row(_conv, {"kernel": Native("weight", axes=(3, 2, 0, 1)), "bias": _BIAS}, result="fresh"),
    DepthwiseConv2D: Row(
        _depthwise,
        {
            "kernel": Native("weight", axes=(2, 3, 0, 1), shape=_depthwise_shape, seen=_all_channels_as_inputs),
            "bias": _BIAS,
        },
        result="fresh",
    ),
}
