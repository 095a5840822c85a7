"""Activations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archspec.ir import Layer, Shape, TensorType
from archspec.ir.initializers import constant
from archspec.layers.activation import (
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
from archspec.layers.axes import is_image
from archspec.program.calls import Argument, Call, Function, Site
from archspec_torch.emit.row import GIVEN, INPLACE, Native, Row, TorchLayer, dim

EXACT_SOFTPLUS = 40
"""PyTorch's softplus is x above its threshold: this is exact to the last bit of float64 at 40, and not at the default
20."""


def _elementwise(module: str, function: str, *arguments: Argument) -> TorchLayer:
    """`nn.<module>` and `<function>` with the same arguments."""
    return TorchLayer(Call(f"nn.{module}", arguments), Function(f"{function}({{0}}, {{arguments}})", arguments))


def _inplace(site: Site[Any], allowed: bool = True) -> Argument:
    return Argument("inplace", allowed and INPLACE in site.facts, default=False)


def _relu(site: Site[ReLU]) -> TorchLayer:
    layer = site.layer
    inplace = _inplace(site)
    match layer.max_value, layer.negative_slope, layer.threshold:
        case None, 0, 0:
            return _elementwise("ReLU", "F.relu", inplace)
        case 6, 0, 0:
            return _elementwise("ReLU6", "F.relu6", inplace)
        case float() as top, 0, 0 if top > 0:
            bounds = (Argument("min_val", 0.0, positional=True), Argument("max_val", top, positional=True))
            return _elementwise("Hardtanh", "F.hardtanh", *bounds, inplace)
        case None, slope, 0:
            return _elementwise("LeakyReLU", "F.leaky_relu", Argument("negative_slope", slope, 0.01, True), inplace)
        case None, 0, threshold:
            cut = (Argument("threshold", threshold, positional=True), Argument("value", 0.0, positional=True))
            return _elementwise("Threshold", "F.threshold", *cut, inplace)
    arguments = (
        Argument("max_value", layer.max_value, default=None),
        Argument("negative_slope", layer.negative_slope, default=0.0),
        Argument("threshold", layer.threshold, default=0.0),
    )
    return TorchLayer(Call("BoundedReLU", arguments), Function("bounded_relu({0}, {arguments})", arguments))


def _leaky_relu(site: Site[LeakyReLU]) -> TorchLayer:
    slope = Argument("negative_slope", site.layer.negative_slope, 0.01, True)
    # In place, the gradient tells x from slope * x by the sign of the result.
    return _elementwise("LeakyReLU", "F.leaky_relu", slope, _inplace(site, site.layer.negative_slope > 0))


def _elu(site: Site[ELU]) -> TorchLayer:
    alpha = Argument("alpha", site.layer.alpha, 1.0, True)
    return _elementwise("ELU", "F.elu", alpha)


def _gelu(site: Site[GELU]) -> TorchLayer:
    formula = "tanh" if site.layer.approximate else "none"
    return _elementwise("GELU", "F.gelu", Argument("approximate", formula, default="none"))


def _softmax(site: Site[Softmax]) -> TorchLayer:
    axis = Argument("dim", dim(site.layer.axis, site.inputs[0]))
    return _elementwise("Softmax", "F.softmax", axis)


def _softplus(site: Site[Softplus]) -> TorchLayer:
    return _elementwise("Softplus", "F.softplus", Argument("threshold", EXACT_SOFTPLUS, default=20))


def _prelu(site: Site[PReLU]) -> TorchLayer:
    (alpha,) = site.layer.weights([TensorType(axes) for axes in site.inputs])
    native = _slopes(alpha.shape)
    value = constant(alpha)
    if len(native) == 1:
        first = () if value is None else (Argument("init", value, 0.25),)
        return TorchLayer(Call("nn.PReLU", (Argument("num_parameters", native[0], 1, True), *first)))
    first = () if value is None else (Argument("init", value, 0.0),)
    return TorchLayer(Call("ElementwisePReLU", (Argument("shape", native, positional=True), *first)))


def _slopes(canonical: Shape) -> Shape:
    """The native shape of PReLU's slopes: one axis if PyTorch's class can have them (one for all, or one a channel)."""
    places, channels = canonical[:-1], canonical[-1:]
    if all(size == 1 for size in canonical) or not places or (is_image(canonical) and places == (1, 1)):
        return channels
    return (*channels, *places) if is_image(canonical) else canonical


def _relu_like(module: str, function: str) -> Row:
    """An activation without attributes that can overwrite its input."""
    return Row(lambda site: _elementwise(module, function, _inplace(site)), overwrites=True)


def _plain(module: str, function: str) -> Row:
    return Row(lambda _: _elementwise(module, function))


ROWS: Mapping[type[Layer], Row] = {
    ReLU: Row(_relu, overwrites=True),
    ReLU6: _relu_like("ReLU6", "F.relu6"),
    LeakyReLU: Row(_leaky_relu, overwrites=True),
    # In place, PyTorch computes the gradients of these two from the result, which is less accurate.
    ELU: Row(_elu),
    SELU: _plain("SELU", "F.selu"),
    SiLU: _relu_like("SiLU", "F.silu"),
    HardSiLU: _relu_like("Hardswish", "F.hardswish"),
    # PyTorch 2.13's gradient has 1/6 rounded to float32.
    HardSigmoid: replace(_relu_like("Hardsigmoid", "F.hardsigmoid"), inexact=True),
    Mish: _relu_like("Mish", "F.mish"),
    GELU: Row(_gelu),
    Sigmoid: _plain("Sigmoid", "torch.sigmoid"),
    Tanh: _plain("Tanh", "torch.tanh"),
    Softsign: _plain("Softsign", "F.softsign"),
    Softplus: Row(_softplus),
    Softmax: Row(_softmax),
    Exponential: Row(lambda _: TorchLayer(Call("Exp"), Function("torch.exp({0})"))),
    Linear: Row(lambda _: TorchLayer(Call("nn.Identity"), Function("{0}")), result="passed"),
    PReLU: Row(
        _prelu,
        {"alpha": Native("weight", axes=(2, 0, 1), shape=_slopes, initial=GIVEN)},
        result="fresh",
    ),
}
