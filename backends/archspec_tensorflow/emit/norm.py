"""Normalisation in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.norm import (
    BatchNormalization,
    LayerNormalization,
    LayerScale,
    LocalResponseNormalization,
    Normalization,
    Rescaling,
    Scale,
    each_channel,
)
from archspec.program.calls import Argument, Call, Function, Made, Site
from archspec_tensorflow.emit.initializers import initializer
from archspec_tensorflow.emit.row import Native, Row, Steps, named


def _batch_normalization(site: Site[BatchNormalization]) -> Steps:
    layer = site.layer
    arguments = (
        Argument("momentum", layer.momentum, default=0.99),
        Argument("epsilon", layer.epsilon, default=1e-3),
        Argument("center", layer.center, default=True),
        Argument("scale", layer.scale, default=True),
        *_initializers(layer),
    )
    return (Call("layers.BatchNormalization", arguments),)


def _layer_normalization(site: Site[LayerNormalization]) -> Steps:
    layer = site.layer
    arguments = (
        Argument("epsilon", layer.epsilon, default=1e-3),
        Argument("center", layer.center, default=True),
        Argument("scale", layer.scale, default=True),
        *_initializers(layer),
    )
    return (Call("layers.LayerNormalization", arguments),)


def _local_response_normalization(site: Site[LocalResponseNormalization]) -> Steps:
    # Keras has no such layer, and TensorFlow's function does not support float64.
    layer = site.layer
    arguments = (
        Argument("size", layer.size, default=5),
        Argument("alpha", layer.alpha, default=1e-4),
        Argument("beta", layer.beta, default=0.75),
        Argument("bias", layer.bias, default=2.0),
    )
    return (Call("LocalResponseNormalization", arguments),)


def _scale(site: Site[Scale]) -> Steps:
    return (Call("Scale", _initializers(site.layer)),)


def _layer_scale(site: Site[LayerScale]) -> Steps:
    return (Call("LayerScale", (Argument("initial_value", site.layer.initial_value, default=1e-6),)),)


def _rescaling(site: Site[Rescaling]) -> Steps:
    scale, offset = site.layer.scale, site.layer.offset
    if isinstance(scale, tuple) or isinstance(offset, tuple):
        factors, shifts = (
            each_channel(name, getattr(site.layer, name), site.inputs[0]) for name in ("scale", "offset")
        )
        added = [_array("offset", shifts)] if any(shifts) else []
        return (Call("layers.Rescaling", (_array("scale", factors, positional=True), *added)),)
    # Keras's layer has its numbers in float32 for every type of input.
    shift = "" if offset == 0 else f" - {-offset!r}" if offset < 0 else f" + {offset!r}"
    return (Function(f"{{0}} * {{arguments}}{shift}", (Argument("scale", scale, positional=True),)),)


def _normalization(site: Site[Normalization]) -> Steps:
    layer = site.layer
    if layer.mean is None or layer.variance is None:
        return (Call("layers.Normalization"),)
    mean, variance = (each_channel(name, getattr(layer, name), site.inputs[0]) for name in ("mean", "variance"))
    return (Call("layers.Normalization", (_array("mean", mean), _array("variance", variance))),)


def _array(name: str, values: tuple[float, ...], *, positional: bool = False) -> Argument:
    """An argument with a number for each channel: of a list Keras makes float32, for every type of input."""
    array = Made("np.array", (Argument("object", values, positional=True),), "np.ndarray")
    return Argument(name, array, positional=positional)


def _initializers(layer: BatchNormalization | LayerNormalization | Scale) -> tuple[Argument, ...]:
    return (
        initializer("beta_initializer", layer.beta_initializer, "zeros"),
        initializer("gamma_initializer", layer.gamma_initializer, "ones"),
    )


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        BatchNormalization: Row(_batch_normalization, named("gamma", "beta", "moving_mean", "moving_variance")),
        LayerNormalization: Row(_layer_normalization, named("gamma", "beta")),
        LocalResponseNormalization: Row(_local_response_normalization),
        Scale: Row(_scale, named("gamma", "beta")),
        LayerScale: Row(_layer_scale, named("gamma")),
        Normalization: Row(
            _normalization,
            {"mean": Native("adapt_mean"), "variance": Native("adapt_variance")},
            counters=("count",),
        ),
        Rescaling: Row(_rescaling),
    }
)
