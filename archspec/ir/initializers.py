"""What the initializers' names mean, as Keras defines them, in numbers; `archspec.weights` draws the values.

Emission says the same in a framework's words and draws nothing, so none of this needs NumPy.
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
"""The variance times the fan, and whether that is the mean of both fans instead of fan_in."""


def variance(weight: WeightSpec) -> float:
    """The variance that an initializer named after one of `SCALES` gives to the weight."""
    gain, both = SCALES[str(weight.initializer).partition("_")[0]]
    fan_in, fan_out = fans(weight)
    return gain / max(1.0, (fan_in + fan_out) / 2 if both else fan_in)


CONSTANTS: Mapping[str, float] = MappingProxyType({"zeros": 0.0, "ones": 1.0})
"""The initializers that draw nothing, and the value that they give to every element."""


def constant(weight: WeightSpec) -> float | None:
    """The number that every element of the weight is at first; None where they are random."""
    return CONSTANTS.get(weight.initializer) if isinstance(weight.initializer, str) else weight.initializer


def is_constant(weight: WeightSpec) -> bool:
    """Whether the weight's values are no random ones."""
    return constant(weight) is not None
