"""The meanings of initializers, in numbers; `archspec.weights` draws the values.

This module does without NumPy, because emission needs the numbers and draws nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from archspec.ir.layer import WeightSpec

TRUNCATED_DEVIATION = 0.87962566103423978
"""The standard deviation of a normal distribution of deviation 1 that is cut off at -2 and 2."""

Mode = Literal["fan_in", "fan_out", "fan_avg"]
"""Which fan a variance is divided by; `fan_avg` is the mean of both."""

Distribution = Literal["uniform", "truncated_normal", "untruncated_normal"]
"""A distribution around 0; a truncated normal one is cut off at two deviations of the whole one."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One value for every element."""

    value: float


@dataclass(frozen=True, slots=True)
class VarianceScaling:
    """Random numbers of variance scale / fan; a truncated normal distribution has it after the cut."""

    scale: float = 1.0
    mode: Mode = "fan_in"
    distribution: Distribution = "truncated_normal"


@dataclass(frozen=True, slots=True)
class RandomNormal:
    """Normal random numbers."""

    mean: float = 0.0
    stddev: float = 0.05


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """Normal random numbers, cut off at two deviations; `stddev` is the deviation before the cut."""

    mean: float = 0.0
    stddev: float = 0.05


@dataclass(frozen=True, slots=True)
class RandomUniform:
    """Random numbers evenly from `minval` to `maxval`."""

    minval: float = -0.05
    maxval: float = 0.05


@dataclass(frozen=True, slots=True)
class Orthogonal:
    """`gain` times a matrix of orthonormal rows or columns."""

    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class TorchDefault:
    """PyTorch's own kernels and biases: random numbers evenly within 1 / sqrt(n) of 0.

    n is the kernel's fan_in as PyTorch counts it, `WeightSpec.torch_fan_in`. PyTorch writes it as
    `kaiming_uniform_(a=sqrt(5))`.
    """


Random = VarianceScaling | RandomNormal | TruncatedNormal | RandomUniform | Orthogonal | TorchDefault
"""An initializer that draws numbers."""

Initializer = Constant | Random

NAMED: Mapping[str, Initializer] = MappingProxyType(
    {
        "zeros": Constant(0.0),
        "ones": Constant(1.0),
        "glorot_uniform": VarianceScaling(1.0, "fan_avg", "uniform"),
        "glorot_normal": VarianceScaling(1.0, "fan_avg"),
        "he_uniform": VarianceScaling(2.0, "fan_in", "uniform"),
        "he_normal": VarianceScaling(2.0),
        "lecun_uniform": VarianceScaling(1.0, "fan_in", "uniform"),
        "lecun_normal": VarianceScaling(),
        "random_uniform": RandomUniform(),
        "random_normal": RandomNormal(),
        "truncated_normal": TruncatedNormal(),
        "orthogonal": Orthogonal(),
        "torch_default": TorchDefault(),
    }
)
"""The initializers that have a name without parameters."""

_NAMES = {initializer: name for name, initializer in NAMED.items()}

Said = str | float | Random
"""An initializer in its shortest form: a name of `NAMED`, a number for all elements, or one with parameters."""


def shortest(initializer: Initializer) -> Said:
    """The one form of an initializer: its name if it has one."""
    name = _NAMES.get(initializer)
    if name is not None:
        return name
    return initializer.value if isinstance(initializer, Constant) else initializer


def meaning(said: Said) -> Initializer:
    """The initializer that this says."""
    if isinstance(said, str):
        return NAMED[said]
    return Constant(float(said)) if isinstance(said, int | float) else said


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


def fan(weight: WeightSpec, mode: Mode) -> float:
    """The fan of a weight by which this mode divides."""
    fan_in, fan_out = fans(weight)
    return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]


def variance(weight: WeightSpec, scaling: VarianceScaling) -> float:
    """The variance that the initializer gives to the weight."""
    return scaling.scale / max(1.0, fan(weight, scaling.mode))


def torch_bound(weight: WeightSpec) -> float:
    """The largest distance from 0 of the weight's values by `TorchDefault`."""
    assert weight.torch_fan_in is not None, "attributes refuse it for weights without a kernel's fan_in"
    return 1 / math.sqrt(weight.torch_fan_in)


def constant(weight: WeightSpec) -> float | None:
    """The initial value of every element of the weight; None if the elements are random."""
    initializer = meaning(weight.initializer)
    return initializer.value if isinstance(initializer, Constant) else None


def is_constant(weight: WeightSpec) -> bool:
    """Whether all elements of the weight have the same initial value."""
    return constant(weight) is not None
