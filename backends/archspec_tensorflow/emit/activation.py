"""Activations in Keras, as layers of their own and as the `activation` of a layer before them."""

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
from archspec_tensorflow.emit.row import Row, Steps, initializer, named, plain

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

# TensorFlow's own GELU, and so Keras's, keeps its constants in float32 whatever the precision of its input.
_GELU = Function("gelu({0})")
_APPROXIMATE_GELU = Function("approximate_gelu({0})")


def _relu(site: Site[ReLU]) -> Steps:
    layer = site.layer
    if layer.negative_slope and layer.max_value is None and not layer.threshold:
        return _sloped("layers.ReLU", layer.negative_slope, default=0.0)
    arguments = (
        Argument("max_value", layer.max_value, default=None, positional=True),
        Argument("negative_slope", layer.negative_slope, default=0.0),
        Argument("threshold", layer.threshold, default=0.0),
    )
    return (Call("layers.ReLU", arguments),)


def _leaky_relu(site: Site[LeakyReLU]) -> Steps:
    return _sloped("layers.LeakyReLU", site.layer.negative_slope, default=0.3)


def _sloped(callee: str, slope: float, default: float) -> Steps:
    # TensorFlow's operation keeps the slope in float32 whatever the precision of its input, and Keras has none below 0.
    if slope >= 0 and _in_float32(slope) == slope:
        return (Call(callee, (Argument("negative_slope", slope, default=default),)),)
    return (Function("leaky_relu({0}, {arguments})", (Argument("slope", slope, positional=True),)),)


def _in_float32(number: float) -> float:
    """The nearest number that float32 has."""
    (rounded,) = unpack("f", pack("f", number))
    return float(rounded)


def _prelu(site: Site[PReLU]) -> Steps:
    arguments = (
        initializer("alpha_initializer", site.layer.alpha_initializer, "zeros"),
        Argument("shared_axes", site.layer.shared_axes, default=None),
    )
    return (Call("layers.PReLU", arguments),)


def _elu(site: Site[ELU]) -> Steps:
    return (Call("layers.ELU", (Argument("alpha", site.layer.alpha, default=1.0),)),)


def _gelu(site: Site[GELU]) -> Steps:
    return (_APPROXIMATE_GELU if site.layer.approximate else _GELU,)


def _softmax(site: Site[Softmax]) -> Steps:
    shape = site.inputs[0]
    last = axis_index(site.layer.axis, shape) == len(shape) - 1
    return (Call("layers.Softmax", (Argument("axis", -1 if last else site.layer.axis, default=-1),)),)


def _activation(name: str) -> Call:
    return Call("layers.Activation", (Argument("activation", name, positional=True),))


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        ReLU: Row(_relu),
        LeakyReLU: Row(_leaky_relu),
        PReLU: Row(_prelu, named("alpha")),
        ELU: Row(_elu),
        GELU: Row(_gelu),
        Softmax: Row(_softmax),
        **{kind: plain(_activation(name)) for kind, name in NAMES.items()},
        ReLU6: plain(Call("layers.ReLU", (Argument("max_value", 6.0, positional=True),))),
    }
)


_NOT_INLINE: frozenset[type[Layer]] = frozenset({Linear, LeakyReLU, GELU})
"""The function that there is no need to write, and those that TensorFlow does not have exactly in float64."""

INLINE: Mapping[Layer, str] = MappingProxyType(
    {
        ReLU.model_construct(max_value=6.0): "relu6",
        # Of two names for one function the first is kept.
        **{layer: name for name, layer in reversed(list(ACTIVATIONS.items())) if type(layer) not in _NOT_INLINE},
    }
)
"""The words for `activation`: the language has Keras's own, with its functions' defaults."""


def inline_activation(layer: Layer) -> str | None:
    """What `activation="..."` on the layer before says the same function; None if no word does."""
    return INLINE.get(layer)
