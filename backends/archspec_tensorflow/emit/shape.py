"""Layers in Keras that move elements without changing them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.codegen.calls import Argument, Call, Site
from archspec.ir import Layer
from archspec.layers.shape import Flatten, Reshape, ZeroPadding2D
from archspec_tensorflow.emit.row import Row, Steps, plain
from archspec_tensorflow.emit.window import zero_padding


def _reshape(site: Site[Reshape]) -> Steps:
    return (Call("layers.Reshape", (Argument("target_shape", site.layer.target_shape, positional=True),)),)


def _zero_padding(site: Site[ZeroPadding2D]) -> Steps:
    return (zero_padding(site.layer.padding),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        Flatten: plain(Call("layers.Flatten")),
        Reshape: Row(_reshape),
        ZeroPadding2D: Row(_zero_padding),
    }
)
