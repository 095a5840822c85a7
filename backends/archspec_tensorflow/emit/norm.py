"""Normalisation in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.codegen.calls import Argument, Call, Site
from archspec.ir import Layer
from archspec.layers.norm import BatchNormalization, LocalResponseNormalization, Scale
from archspec_tensorflow.emit.row import Row, Steps, named


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


def _local_response_normalization(site: Site[LocalResponseNormalization]) -> Steps:
    # Keras has none, and TensorFlow's is not there in float64.
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


def _initializers(layer: BatchNormalization | Scale) -> tuple[Argument, ...]:
    return (
        Argument("beta_initializer", layer.beta_initializer, default="zeros"),
        Argument("gamma_initializer", layer.gamma_initializer, default="ones"),
    )


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        BatchNormalization: Row(_batch_normalization, named("gamma", "beta", "moving_mean", "moving_variance")),
        LocalResponseNormalization: Row(_local_response_normalization),
        Scale: Row(_scale, named("gamma", "beta")),
    }
)
