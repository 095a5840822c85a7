"""What measurements of the same thing say: their middle, their spread, and whether a difference is more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import quantiles

QUIET = 1.05
"""The largest factor between two runs of the same network on a quiet machine."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of measurements, and the quartiles, between which the middle half of them lies."""

    lower: float
    median: float
    upper: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of two values or more."""
        return cls(*quantiles(values, n=4, method="inclusive"))

    def times(self, factor: float) -> Spread:
        """The spread of the values times a positive factor, as in another unit."""
        return Spread(self.lower * factor, self.median * factor, self.upper * factor)


class Verdict(StrEnum):
    """What a comparison of two networks says about the first."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    UNTOLD = "too noisy to tell"


def ratios(values: Sequence[float], others: Sequence[float]) -> Spread:
    """The spread of the ratios, round by round: what slows a whole round cancels out."""
    return Spread.of([value / other for value, other in zip(values, others, strict=True)])


def noise_of(twins: Spread) -> float:
    """The factor, from 1 on, by which two runs of the same network differ; `twins` are the ratios of their times.

    Half of the rounds are within this factor.
    """
    return max(1.0, twins.upper, 1 / twins.lower)


def judge(speed: Spread, noise: float) -> Verdict:
    """What the ratios of two networks' speeds say, beside the factor between two runs of the same network.

    A network is faster or slower if the middle half of the ratios lies on one side of 1, and their median is no factor
    that the noise of both networks makes. It is the same if noise and ratios stay within `QUIET`.
    """
    of_both = noise**2
    if speed.lower > 1 and speed.median > of_both:
        return Verdict.FASTER
    if speed.upper < 1 and speed.median < 1 / of_both:
        return Verdict.SLOWER
    if noise <= QUIET and speed.lower >= 1 / QUIET and speed.upper <= QUIET:
        return Verdict.SAME
    return Verdict.UNTOLD
