"""Regularisation in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.regularisation import Dropout, SpatialDropout2D, StochasticDepth
from archspec.program.calls import Argument, Call, Site
from archspec_tensorflow.emit.row import Row, Steps


def _dropout(callee: str) -> Row[Any]:
    def describe(site: Site[Dropout | SpatialDropout2D]) -> Steps:
        return (Call(callee, (Argument("rate", site.layer.rate, positional=True),)),)

    return Row(describe)


def _stochastic_depth(site: Site[StochasticDepth]) -> Steps:
    rate = Argument("rate", site.layer.rate, positional=True)
    # One random number for a whole sample, as in keras.applications' EfficientNet.
    return (Call("layers.Dropout", (rate, Argument("noise_shape", (None, *(1 for _ in site.output))))),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        Dropout: _dropout("layers.Dropout"),
        SpatialDropout2D: _dropout("layers.SpatialDropout2D"),
        StochasticDepth: Row(_stochastic_depth),
    }
)
