"""Estimates of the mean and the variance of values, without running the network.

They assume normal elements and independent values. This is accurate enough to keep 150 layers in range; for pooling it
is rough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

_SLICES = 200

_LEAST_VARIANCE = 1e-9
"""A lower bound of the variance: a saturated function would leave none, and later functions divide by it."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean and the variance of a value's elements."""

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
        """The moments after pooling: the mean rises by `rise` deviations, and the variance is multiplied by `rest`."""
        return Moments(self.mean + rise * self.deviation, rest * self.variance)


NORMALISED = Moments(0.0, 1.0)
"""The moments of normalised elements, and of the inputs that networks are given."""


def joined(parts: Sequence[Moments], lengths: Sequence[int]) -> Moments:
    """The moments of a concatenation of values with these numbers of elements."""
    total = sum(lengths)
    mean = sum(part.mean * length for part, length in zip(parts, lengths, strict=True)) / total
    power = sum(part.power * length for part, length in zip(parts, lengths, strict=True)) / total
    return Moments(mean, power - mean**2)


@cache
def _points() -> tuple[float, ...]:
    """The medians of equally probable slices of the standard normal distribution."""
    from statistics import NormalDist  # takes longer to import than this package

    return tuple(NormalDist().inv_cdf((index + 0.5) / _SLICES) for index in range(_SLICES))
