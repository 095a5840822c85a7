"""Initial values by the initializers' names, as Keras defines them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.random import BitGenerator

from archspec.ir import WeightSpec
from archspec.weights.distributions import Floats, normal, truncated_normal, uniform
from archspec.weights.orthogonal import orthonormal

Initializer = Callable[[WeightSpec, BitGenerator], Floats]
"""Makes a weight's values, in its shape."""

TRUNCATED_DEVIATION = 0.87962566103423978
"""The standard deviation of a normal distribution of deviation 1 that is cut off at -2 and 2."""


def fans(weight: WeightSpec) -> tuple[int, int]:
    """(fan_in, fan_out) by Keras's rule: the last two axes times the receptive field, which is the axes before.

    So for a depthwise kernel (height, width, channels, multiplier) fan_in counts all channels, as Keras does.
    """
    if weight.fans is not None:
        return weight.fans
    if len(weight.shape) < 2:
        size = math.prod(weight.shape)
        return size, size
    field = math.prod(weight.shape[:-2])
    return weight.shape[-2] * field, weight.shape[-1] * field


def _constant(value: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return np.full(weight.shape, value, np.float32)


def _uniform(limit: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return uniform(bits, math.prod(weight.shape), limit).reshape(weight.shape)


def _normal(deviation: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return normal(bits, math.prod(weight.shape), deviation).reshape(weight.shape)


def _truncated(deviation: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return truncated_normal(bits, math.prod(weight.shape), deviation).reshape(weight.shape)


SCALES: Mapping[str, tuple[float, bool]] = MappingProxyType(
    {"glorot": (1.0, True), "he": (2.0, False), "lecun": (1.0, False)}
)
"""The variance times the fan, and whether that is the mean of both fans instead of fan_in."""


def variance(weight: WeightSpec) -> float:
    """The variance that an initializer named after one of `SCALES` gives to the weight."""
    gain, both = SCALES[str(weight.initializer).partition("_")[0]]
    fan_in, fan_out = fans(weight)
    return gain / max(1.0, (fan_in + fan_out) / 2 if both else fan_in)


def _scaled_uniform(weight: WeightSpec, bits: BitGenerator) -> Floats:
    return _uniform(math.sqrt(3 * variance(weight)), weight, bits)


def _scaled_normal(weight: WeightSpec, bits: BitGenerator) -> Floats:
    return _truncated(math.sqrt(variance(weight)) / TRUNCATED_DEVIATION, weight, bits)


def _orthogonal(weight: WeightSpec, bits: BitGenerator) -> Floats:
    outputs = weight.shape[-1]
    inputs = math.prod(weight.shape) // outputs
    drawn = normal(bits, inputs * outputs, 1.0).astype(np.float64)
    # A single number must have a sign.
    drawn[drawn == 0] = 2.0**-32
    columns = orthonormal(drawn.reshape(max(inputs, outputs), min(inputs, outputs))).astype(np.float32)
    return np.ascontiguousarray(columns if inputs >= outputs else columns.T).reshape(weight.shape)


_SCALED: Mapping[str, Initializer] = {"uniform": _scaled_uniform, "normal": _scaled_normal}

CONSTANTS: Mapping[str, float] = MappingProxyType({"zeros": 0.0, "ones": 1.0})
"""The initializers that draw nothing, and the value that they give to every element."""

INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        **{name: partial(_constant, value) for name, value in CONSTANTS.items()},
        **{f"{scale}_{kind}": fn for scale in SCALES for kind, fn in _SCALED.items()},
        "random_uniform": partial(_uniform, 0.05),
        "random_normal": partial(_normal, 0.05),
        "truncated_normal": partial(_truncated, 0.05),
        "orthogonal": _orthogonal,
    }
)
"""The initializers; `archspec.layers.attributes` has the names that a layer may say."""


def constant(weight: WeightSpec) -> float | None:
    """The number that every element of the weight is at first; None where they are random."""
    return CONSTANTS.get(weight.initializer) if isinstance(weight.initializer, str) else weight.initializer


def is_constant(weight: WeightSpec) -> bool:
    """Whether the weight's values are no random ones."""
    return constant(weight) is not None


def initial_values(weight: WeightSpec, bits: BitGenerator) -> Floats:
    """What the weight's initializer makes."""
    if isinstance(weight.initializer, str):
        return INITIALIZERS[weight.initializer](weight, bits)
    return _constant(weight.initializer, weight, bits)
