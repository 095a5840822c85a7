"""Images of other sizes in Keras.

TensorFlow interpolates in float32 whatever the precision of the image, so "bilinear" is a function of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.program.calls import Argument, Call, Function, Site
from archspec_tensorflow.emit.row import Row, Steps
from archspec_tensorflow.emit.window import square


def _up_sampling(site: Site[UpSampling2D]) -> Steps:
    size = (Argument("size", square(site.layer.size), positional=True),)
    if site.layer.interpolation == "bilinear":
        return (Function("upsample_bilinear({0}, {arguments})", size),)
    return (Call("layers.UpSampling2D", size),)


def _resizing(site: Site[Resizing]) -> Steps:
    layer = site.layer
    size = (Argument("height", layer.height, positional=True), Argument("width", layer.width, positional=True))
    if layer.interpolation == "bilinear":
        return (Function("resize_bilinear({0}, {arguments})", size),)
    return (Call("layers.Resizing", (*size, Argument("interpolation", layer.interpolation, default="bilinear"))),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType({UpSampling2D: Row(_up_sampling), Resizing: Row(_resizing)})
