"""Dense layers in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.dense import Dense
from archspec.program.calls import Argument, Call, Site
from archspec_tensorflow.emit.initializers import bias, kernel
from archspec_tensorflow.emit.row import Row, Steps, named


def _dense(site: Site[Dense]) -> Steps:
    layer = site.layer
    arguments = (
        Argument("units", layer.units, positional=True),
        Argument("use_bias", layer.use_bias, default=True),
        kernel("kernel_initializer", layer.kernel_initializer),
        bias(layer, site.channels),
    )
    return (Call("layers.Dense", arguments),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType({Dense: Row(_dense, named("kernel", "bias"))})
