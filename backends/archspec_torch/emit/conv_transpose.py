"""The transposed convolution."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.program.calls import GENERAL, Argument, Call, Site
from archspec_torch.emit.row import Native, Row, TorchLayer, collapse


def _conv_transpose(site: Site[Conv2DTranspose]) -> TorchLayer:
    layer = site.layer
    (top, bottom), (left, right) = layer.crops
    # PyTorch crops the same on both sides; its output padding, below the stride, reduces the crop at the end.
    less = (top - bottom, left - right)
    if GENERAL not in site.facts and all(0 <= end < stride for end, stride in zip(less, layer.strides, strict=True)):
        callee, more = "nn.ConvTranspose2d", less
        cropped = Argument("padding", collapse((top, left)), default=0)
    else:
        callee, more = "CroppedConvTranspose2d", (max(-bottom, 0), max(-right, 0))
        cropped = Argument("crop", (left, max(right, 0), top, max(bottom, 0)))
    arguments = (
        Argument("in_channels", site.inputs[0][-1], positional=True),
        Argument("out_channels", layer.filters, positional=True),
        Argument("kernel_size", collapse(layer.kernel_size), positional=True),
        Argument("stride", collapse(layer.strides), default=1),
        cropped,
        Argument("output_padding", collapse(more), default=0),
        Argument("bias", layer.use_bias, default=True),
        Argument("dilation", collapse(layer.dilation_rate), default=1),
    )
    return TorchLayer(Call(callee, arguments))


ROWS: Mapping[type[Layer], Row] = {
    Conv2DTranspose: Row(
        _conv_transpose, {"kernel": Native("weight", axes=(3, 2, 0, 1)), "bias": Native("bias")}, result="fresh"
    ),
}
