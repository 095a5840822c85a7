"""Keras's definitions of the initializers, in numbers; `archspec.weights` draws the values.

This module does without NumPy, because emission needs the numbers and draws nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from archspec.ir.layer import WeightSpec

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


SCALES: Mapping[str, tuple[float, bool]] = MappingProxyType(
    {"glorot": (1.0, True), "he": (2.0, False), "lecun": (1.0, False)}
)
"""The gain, and whether the fan is the mean of fan_in and fan_out instead of fan_in: the variance is gain / fan."""


def variance(weight: WeightSpec) -> float:
    """The variance that an initializer named after one of `SCALES` gives to the weight."""
    gain, both = SCALES[str(weight.initializer).partition("_")[0]]
    fan_in, fan_out = fans(weight)
    return gain / max(1.0, (fan_in + fan_out) / 2 if both else fan_in)


CONSTANTS: Mapping[str, float] = MappingProxyType({"zeros": 0.0, "ones": 1.0})
"""The constant initializers, and their value for every element."""


def constant(weight: WeightSpec) -> float | None:
    """The initial value of every element of the weight; None if the elements are random."""
    return CONSTANTS.get(weight.initializer) if isinstance(weight.initializer, str) else weight.initializer


def is_constant(weight: WeightSpec) -> bool:
    """Whether all elements of the weight have the same initial value."""
    return constant(weight) is not None
