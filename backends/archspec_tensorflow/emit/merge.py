"""Merging layers in Keras, which are applied to a list of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.axes import axis_index
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archspec.program.calls import Argument, Call, Site
from archspec_tensorflow.emit.row import Row, Steps, plain


def _concatenate(site: Site[Concatenate]) -> Steps:
    shape = site.inputs[0]
    last = axis_index(site.layer.axis, shape) == len(shape) - 1
    return (Call("layers.Concatenate", (Argument("axis", -1 if last else site.layer.axis, default=-1),)),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        Concatenate: Row(_concatenate),
        Add: plain(Call("layers.Add")),
        Multiply: plain(Call("layers.Multiply")),
        Subtract: plain(Call("layers.Subtract")),
        Average: plain(Call("layers.Average")),
        Maximum: plain(Call("layers.Maximum")),
        Minimum: plain(Call("layers.Minimum")),
    }
)
