"""Layers in Keras that only move or leave out elements."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.axes import axis_index
from archspec.layers.shape import Cropping2D, Flatten, Permute, Reshape, Slice, ZeroPadding2D
from archspec.program.calls import GENERAL, Argument, Call, Function, Site
from archspec_tensorflow.emit.row import Row, Steps, plain
from archspec_tensorflow.emit.window import margins, zero_padding


def _reshape(site: Site[Reshape]) -> Steps:
    return (Call("layers.Reshape", (Argument("target_shape", site.layer.target_shape, positional=True),)),)


def _zero_padding(site: Site[ZeroPadding2D]) -> Steps:
    return (zero_padding(site.layer.padding),)


def _cropping(site: Site[Cropping2D]) -> Steps:
    return (Call("layers.Cropping2D", (Argument("cropping", margins(site.layer.cropping), positional=True),)),)


def _permute(site: Site[Permute]) -> Steps:
    return (Call("layers.Permute", (Argument("dims", site.layer.dims, positional=True),)),)


def _slice(site: Site[Slice]) -> Steps:
    layer, shape = site.layer, site.inputs[0]
    index = axis_index(layer.axis, shape)
    last = index == len(shape) - 1
    chunk = None if GENERAL in site.facts else layer.chunk(shape)
    if chunk is not None:
        place, chunks = chunk
        return (Function(f"ops.split({{0}}, {chunks}, axis={-1 if last else index + 1})[{place}]", parts=chunks),)
    places = f"{layer.start or ''}:{'' if layer.stop is None else layer.stop}"
    step = f":{layer.step}" if layer.step != 1 else ""
    return (Function(f"{{0}}[{'..., ' if last else ':, ' * (index + 1)}{places}{step}]"),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        Flatten: plain(Call("layers.Flatten")),
        Reshape: Row(_reshape),
        Permute: Row(_permute),
        Slice: Row(_slice),
        ZeroPadding2D: Row(_zero_padding),
        Cropping2D: Row(_cropping),
    }
)
