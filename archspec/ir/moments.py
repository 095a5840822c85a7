"""How large the elements of a value are, estimated without running a network.

An element is taken for a normal variable, and values for independent of each other. That is exact enough to keep 150
layers in range, and for pooling it is rough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

_SLICES = 200

_LEAST_VARIANCE = 1e-9
"""A saturated function leaves no variance, and others divide by it."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean and the variance over a value's elements."""

    mean: float
    variance: float

    @property
    def power(self) -> float:
        """The mean square."""
        return self.mean**2 + self.variance

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return math.sqrt(self.variance)

    def applied(self, function: Callable[[float], float]) -> Moments:
        """The moments of a function of each element."""
        values = [function(self.mean + self.deviation * point) for point in _points()]
        mean = math.fsum(values) / _SLICES
        variance = math.fsum((value - mean) ** 2 for value in values) / _SLICES
        return Moments(mean, max(variance, _LEAST_VARIANCE))

    def pooled(self, rise: float, rest: float) -> Moments:
        """The moments of windows: the mean is `rise` deviations higher, and `rest` of the variance is left."""
        return Moments(self.mean + rise * self.deviation, rest * self.variance)


NORMALISED = Moments(0.0, 1.0)
"""Elements less their mean, divided by their deviation; networks are given such inputs."""


def joined(parts: Sequence[Moments], lengths: Sequence[int]) -> Moments:
    """The moments of values one after the other, each of so many elements."""
    total = sum(lengths)
    mean = sum(part.mean * length for part, length in zip(parts, lengths, strict=True)) / total
    power = sum(part.power * length for part, length in zip(parts, lengths, strict=True)) / total
    return Moments(mean, power - mean**2)


@cache
def _points() -> tuple[float, ...]:
    """The middles of equally probable slices of the standard normal distribution."""
    from statistics import NormalDist  # takes longer to import than this package

    return tuple(NormalDist().inv_cdf((index + 0.5) / _SLICES) for index in range(_SLICES))
