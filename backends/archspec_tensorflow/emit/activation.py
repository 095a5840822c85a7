"""Activations in Keras: as separate layers, and as the `activation` of the layer before."""

from __future__ import annotations

from collections.abc import Mapping
from struct import pack, unpack
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer
from archspec.layers.activation import (
    ACTIVATIONS,
    ELU,
    GELU,
    SELU,
    Exponential,
    HardSigmoid,
    HardSiLU,
    LeakyReLU,
    Linear,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from archspec.layers.axes import axis_index
from archspec.program.calls import Argument, Call, Function, Site
from archspec_tensorflow.emit.initializers import initializer
from archspec_tensorflow.emit.row import Row, Steps, named, plain

NAMES: Mapping[type[Layer], str] = MappingProxyType(
    {
        SELU: "selu",
        Sigmoid: "sigmoid",
        HardSigmoid: "hard_sigmoid",
        Tanh: "tanh",
        Softplus: "softplus",
        Softsign: "softsign",
        SiLU: "silu",
        HardSiLU: "hard_silu",
        Mish: "mish",
        Exponential: "exponential",
        ReLU6: "relu6",
        Linear: "linear",
    }
)
"""Activations without attributes, and Keras's names for them."""


def _relu(site: Site[ReLU]) -> Steps:
    layer = site.layer
    if layer.negative_slope < 0 and _is_leaky(layer):
        return (_leaky(layer.negative_slope),)
    arguments = (
        Argument("max_value", layer.max_value, default=None, positional=True),
        Argument("negative_slope", layer.negative_slope, default=0.0),
        Argument("threshold", layer.threshold, default=0.0),
    )
    return (Call("layers.ReLU", arguments),)


def _leaky_relu(site: Site[LeakyReLU]) -> Steps:
    slope = site.layer.negative_slope
    if slope < 0:
        return (_leaky(slope),)
    return (Call("layers.LeakyReLU", (Argument("negative_slope", slope, default=0.3),)),)


def _leaky(slope: float) -> Function:
    # Keras's layers refuse a slope below 0; its function has none of these checks.
    return Function("ops.leaky_relu({0}, {arguments})", (Argument("negative_slope", slope, default=0.2),))


def _is_leaky(layer: ReLU) -> bool:
    """Whether Keras computes the layer as a leaky ReLU."""
    return bool(layer.negative_slope) and layer.max_value is None and not layer.threshold


def _rounds_slope(layer: ReLU | LeakyReLU) -> bool:
    """Whether float32 changes the slope: TensorFlow's leaky ReLU has it in float32 for every type of input."""
    (rounded,) = unpack("f", pack("f", layer.negative_slope))
    return bool(rounded != layer.negative_slope) and (isinstance(layer, LeakyReLU) or _is_leaky(layer))


def _prelu(site: Site[PReLU]) -> Steps:
    arguments = (
        initializer("alpha_initializer", site.layer.alpha_initializer, "zeros"),
        Argument("shared_axes", site.layer.shared_axes, default=None),
    )
    return (Call("layers.PReLU", arguments),)


def _elu(site: Site[ELU]) -> Steps:
    return (Call("layers.ELU", (Argument("alpha", site.layer.alpha, default=1.0),)),)


def _gelu(site: Site[GELU]) -> Steps:
    return (Function("ops.gelu({0}, approximate=True)") if site.layer.approximate else _activation("gelu"),)


def _softmax(site: Site[Softmax]) -> Steps:
    shape = site.inputs[0]
    last = axis_index(site.layer.axis, shape) == len(shape) - 1
    return (Call("layers.Softmax", (Argument("axis", -1 if last else site.layer.axis, default=-1),)),)


def _activation(name: str) -> Call:
    return Call("layers.Activation", (Argument("activation", name, positional=True),))


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        ReLU: Row(_relu, inexact=_rounds_slope),
        LeakyReLU: Row(_leaky_relu, inexact=_rounds_slope),
        PReLU: Row(_prelu, named("alpha")),
        ELU: Row(_elu),
        # TensorFlow's GELU has its constants in float32 for every type of input.
        GELU: Row(_gelu, inexact=lambda layer: True),
        Softmax: Row(_softmax),
        **{kind: plain(_activation(name)) for kind, name in NAMES.items()},
        ReLU6: plain(Call("layers.ReLU", (Argument("max_value", 6.0, positional=True),))),
    }
)


INLINE: Mapping[Layer, str] = MappingProxyType(
    {
        ReLU.model_construct(max_value=6.0): "relu6",
        # For two names of one function the first is kept.
        **{layer: name for name, layer in reversed(list(ACTIVATIONS.items())) if type(layer) is not Linear},
    }
)
"""The words for `activation`: the language has Keras's words, with the defaults of Keras's functions."""


def inline_activation(layer: Layer) -> str | None:
    """The word for `activation="..."` of the layer before; None if no word means this layer."""
    return INLINE.get(layer)
