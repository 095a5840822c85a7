"""What PyTorch writes for the initial values of one weight.

A rule is a statement with `{0}` for the tensor: `nn.init.zeros_({0})`. A weight whose module has the right initial
values needs no rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from archspec.ir import Axes, Shape, WeightSpec
from archspec.ir.initializers import (
    TRUNCATED_DEVIATION,
    Constant,
    Mode,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TorchDefault,
    TruncatedNormal,
    VarianceScaling,
    fans,
    meaning,
    variance,
)
from archspec_torch.emit.row import GIVEN, Native

Rule = str
"""A statement with `{0}` for the tensor; the empty rule keeps the module's initial values."""

SPLITS: Final = ".unflatten("
"""The mark of a rule that is valid for some sizes of tensors only."""

_CONSTANTS: Mapping[float, Rule] = MappingProxyType({0.0: "nn.init.zeros_({0})", 1.0: "nn.init.ones_({0})"})

_HELPERS: Mapping[VarianceScaling, str] = MappingProxyType(
    {
        VarianceScaling(1.0, "fan_avg"): "glorot_normal_({0})",
        VarianceScaling(2.0, "fan_in"): "he_normal_({0})",
        VarianceScaling(1.0, "fan_in"): "lecun_normal_({0})",
    }
)
"""PyTorch's Kaiming and Xavier normal distributions are not truncated, so these are helpers."""

_GAINS: Mapping[float, str] = MappingProxyType(
    {1.0: 'nonlinearity="linear"', 2.0: 'nonlinearity="relu"', 1 / 3: "a=math.sqrt(5)"}
)
"""The arguments of PyTorch's Kaiming functions for a scale, which is the square of their gain."""

_FUNCTIONS: Mapping[str, str] = MappingProxyType({"uniform": "uniform_", "untruncated_normal": "normal_"})

_OTHER: Mapping[Mode, Mode] = MappingProxyType({"fan_in": "fan_out", "fan_out": "fan_in", "fan_avg": "fan_avg"})


def rule_for(native: Native, weight: WeightSpec, read: Axes) -> Rule:
    """The rule for the initial values of a weight, in a layer whose input has the axes `read`."""
    match meaning(weight.initializer):
        case Constant(value):
            kept = native.initial in (value, GIVEN)
            return "" if kept else _CONSTANTS.get(value, f"nn.init.constant_({{0}}, {value!r})")
        case TorchDefault():
            return ""
        case RandomNormal(mean, stddev):
            return _call("normal_", **({"mean": mean} if mean else {}), std=stddev)
        case TruncatedNormal(mean, stddev):
            return _truncated(mean, stddev)
        case RandomUniform(minval, maxval):
            return f"nn.init.uniform_({{0}}, {minval!r}, {maxval!r})"
        case Orthogonal(gain):
            # PyTorch's function requires a contiguous tensor.
            function = "nn.init.orthogonal_" if native.seen is None else "orthogonal_"
            return f"{function}({_seen(native, weight)}{'' if gain == 1 else f', gain={gain!r}'})"
        case VarianceScaling() as scaling:
            return _scaled(native, weight, scaling, read)


def _call(function: str, **numbers: float) -> Rule:
    return f"nn.init.{function}({{0}}, {', '.join(f'{name}={number!r}' for name, number in numbers.items())})"


def _truncated(mean: float, stddev: float) -> Rule:
    """PyTorch's function is told its bounds, not how many deviations they are from the mean."""
    middle = {"mean": mean} if mean else {}
    return _call("trunc_normal_", **middle, std=stddev, a=mean - 2 * stddev, b=mean + 2 * stddev)


def _seen(native: Native, weight: WeightSpec) -> str:
    """The tensor with its outputs first, then its inputs, as Keras counts them."""
    return "{0}" if native.seen is None else "{0}" + native.seen(weight.shape)


def _scaled(native: Native, weight: WeightSpec, scaling: VarianceScaling, read: Axes) -> Rule:
    order = _order(weight, scaling.mode, native.native_shape(weight.shape, read))
    if order == "swapped" and scaling not in _HELPERS:
        # PyTorch's outputs of a depthwise kernel are all channels, which are Keras's inputs.
        return _by_fan(scaling, _OTHER[scaling.mode])
    if order == "same":
        return _by_fan(scaling, scaling.mode)
    if native.seen is not None:
        return _by_fan(scaling, scaling.mode).replace("{0}", _seen(native, weight))
    return _in_numbers(weight, scaling)


def _order(weight: WeightSpec, mode: Mode, native: Shape) -> Literal["same", "swapped"] | None:
    """Whether PyTorch's fans, from the native shape, are the weight's; None if they are others."""
    if len(native) < 2:
        return None
    field = math.prod(native[2:])
    theirs, wanted = (native[1] * field, native[0] * field), fans(weight)
    if wanted == theirs or (mode == "fan_avg" and sum(wanted) == sum(theirs)):
        return "same"
    return "swapped" if wanted == theirs[::-1] else None


def _by_fan(scaling: VarianceScaling, mode: Mode) -> Rule:
    """The rule with a fan that PyTorch computes from the tensor."""
    if scaling in _HELPERS:
        return _HELPERS[scaling]
    function = _FUNCTIONS.get(scaling.distribution)
    if function is not None and mode == "fan_avg":
        gain = "" if scaling.scale == 1 else f", gain=math.sqrt({scaling.scale!r})"
        return f"nn.init.xavier_{function}({{0}}{gain})"
    if function is not None and scaling.scale in _GAINS:
        by = "" if mode == "fan_in" else f', mode="{mode}"'
        return f"nn.init.kaiming_{function}({{0}}{by}, {_GAINS[scaling.scale]})"
    return f'variance_scaling_({{0}}, {scaling.scale!r}, "{mode}", "{scaling.distribution}")'


def _in_numbers(weight: WeightSpec, scaling: VarianceScaling) -> Rule:
    """A rule with numbers for the bounds, for fans that PyTorch cannot compute."""
    deviation = math.sqrt(variance(weight, scaling))
    match scaling.distribution:
        case "uniform":
            limit = math.sqrt(3 * variance(weight, scaling))
            return f"nn.init.uniform_({{0}}, {-limit!r}, {limit!r})"
        case "truncated_normal":
            return _truncated(0.0, deviation / TRUNCATED_DEVIATION)
        case "untruncated_normal":
            return _call("normal_", std=deviation)
