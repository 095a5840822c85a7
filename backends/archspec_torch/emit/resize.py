"""Resizing of images."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.program.calls import Argument, Call, Function, Site
from archspec_torch.emit.row import Row, TorchLayer, collapse

SURE = 32
"""The largest factor for which PyTorch's "nearest" repeats pixels; with 1 / 41 in float32 it takes other pixels."""


def _up_sampling(site: Site[UpSampling2D]) -> TorchLayer:
    layer = site.layer
    nearest = "nearest" if max(layer.size) <= SURE else "nearest-exact"
    mode = nearest if layer.interpolation == "nearest" else layer.interpolation
    return _interpolated(Argument("scale_factor", collapse(layer.size)), mode)


def _resizing(site: Site[Resizing]) -> TorchLayer:
    layer = site.layer
    mode = "nearest-exact" if layer.interpolation == "nearest" else layer.interpolation
    return _interpolated(Argument("size", collapse((layer.height, layer.width))), mode)


def _interpolated(size: Argument, mode: str) -> TorchLayer:
    arguments = (size, Argument("mode", mode, default="nearest"))
    return TorchLayer(Call("nn.Upsample", arguments), Function("F.interpolate({0}, {arguments})", arguments))


ROWS: Mapping[type[Layer], Row] = {
    UpSampling2D: Row(_up_sampling, result="fresh"),
    Resizing: Row(_resizing, result="fresh"),
}
