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

Initializer = Callable[[WeightSpec, BitGenerator], Floats]
"""Makes a weight's values, in its shape."""

_TRUNCATED_DEVIATION = 0.87962566103423978
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


def _fan_in(weight: WeightSpec) -> float:
    return fans(weight)[0]


def _mean_fan(weight: WeightSpec) -> float:
    return sum(fans(weight)) / 2


def _scaled_uniform(gain: float, fan: Callable[[WeightSpec], float], weight: WeightSpec, bits: BitGenerator) -> Floats:
    return _uniform(math.sqrt(3 * gain / max(1.0, fan(weight))), weight, bits)


def _scaled_normal(gain: float, fan: Callable[[WeightSpec], float], weight: WeightSpec, bits: BitGenerator) -> Floats:
    return _truncated(math.sqrt(gain / max(1.0, fan(weight))) / _TRUNCATED_DEVIATION, weight, bits)


CONSTANTS: Mapping[str, float] = MappingProxyType({"zeros": 0.0, "ones": 1.0})
"""The initializers that draw nothing, and the value that they give to every element."""

INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        **{name: partial(_constant, value) for name, value in CONSTANTS.items()},
        "glorot_uniform": partial(_scaled_uniform, 1.0, _mean_fan),
        "glorot_normal": partial(_scaled_normal, 1.0, _mean_fan),
        "he_uniform": partial(_scaled_uniform, 2.0, _fan_in),
        "he_normal": partial(_scaled_normal, 2.0, _fan_in),
        "lecun_uniform": partial(_scaled_uniform, 1.0, _fan_in),
        "lecun_normal": partial(_scaled_normal, 1.0, _fan_in),
        "random_uniform": partial(_uniform, 0.05),
        "random_normal": partial(_normal, 0.05),
        "truncated_normal": partial(_truncated, 0.05),
    }
)
"""The initializers; `archspec.layers.attributes` has the names that a layer may say."""


def is_constant(weight: WeightSpec) -> bool:
    """Whether the weight's values are no random ones."""
    return not isinstance(weight.initializer, str) or weight.initializer in CONSTANTS


def initial_values(weight: WeightSpec, bits: BitGenerator) -> Floats:
    """What the weight's initializer makes."""
    if isinstance(weight.initializer, str):
        return INITIALIZERS[weight.initializer](weight, bits)
    return _constant(weight.initializer, weight, bits)
