"""Resizing of images in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.program.calls import Argument, Call, Site
from archspec_tensorflow.emit.row import Row, Steps
from archspec_tensorflow.emit.window import square


def _up_sampling(site: Site[UpSampling2D]) -> Steps:
    size = Argument("size", square(site.layer.size), positional=True)
    interpolation = Argument("interpolation", site.layer.interpolation, default="nearest")
    return (Call("layers.UpSampling2D", (size, interpolation)),)


def _resizing(site: Site[Resizing]) -> Steps:
    layer = site.layer
    size = (Argument("height", layer.height, positional=True), Argument("width", layer.width, positional=True))
    return (Call("layers.Resizing", (*size, Argument("interpolation", layer.interpolation, default="bilinear"))),)


def _inexact(layer: UpSampling2D | Resizing) -> bool:
    """Whether the layer is bilinear: TensorFlow interpolates in float32 for every type of image."""
    return layer.interpolation == "bilinear"


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        UpSampling2D: Row(_up_sampling, inexact=_inexact),
        Resizing: Row(_resizing, inexact=_inexact),
    }
)
