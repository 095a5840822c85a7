"""The statistics of measurements, on numbers without any clock."""

from __future__ import annotations

import pytest

from archspec.timing.spread import QUIET, Spread, Verdict, judge, noise_of, ratios


def test_a_spread_has_the_median_and_the_quartiles() -> None:
    assert Spread.of([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(2.0, 3.0, 4.0)
    assert Spread.of([1.0, 2.0]) == Spread(1.25, 1.5, 1.75)
    assert Spread(1.0, 2.0, 4.0).times(10) == Spread(10.0, 20.0, 40.0)


def test_ratios_are_of_the_same_round() -> None:
    """A round in which all is ten times as slow changes nothing."""
    ours, theirs = [1.0, 10.0, 1.0], [2.0, 20.0, 2.0]
    assert ratios(theirs, ours) == Spread(2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("twins", "factor"),
    [
        (Spread(1.0, 1.0, 1.0), 1.0),
        (Spread(0.9, 1.0, 1.02), 1 / 0.9),
        (Spread(0.98, 1.0, 1.2), 1.2),
        (Spread(0.5, 0.6, 0.8), 2.0),  # the second run was always faster
        (Spread(1.1, 1.2, 1.3), 1.3),
    ],
)
def test_noise_is_the_factor_between_equal_runs_either_way(twins: Spread, factor: float) -> None:
    assert noise_of(twins) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("speed", "noise", "verdict"),
    [
        (Spread(1.3, 1.4, 1.5), 1.02, Verdict.FASTER),
        (Spread(0.5, 0.6, 0.7), 1.02, Verdict.SLOWER),
        (Spread(0.99, 1.0, 1.01), 1.02, Verdict.SAME),
        (Spread(1.01, 1.015, 1.02), 1.03, Verdict.SAME),
        # The spread of the ratio includes 1.
        (Spread(0.9, 1.1, 1.3), 1.02, Verdict.UNTOLD),
        # The same network differs from itself by more.
        (Spread(1.1, 1.2, 1.3), 1.25, Verdict.UNTOLD),
        (Spread(0.7, 0.8, 0.9), 1.3, Verdict.UNTOLD),
        # Both networks have the noise.
        (Spread(0.49, 0.71, 0.78), 1.19, Verdict.UNTOLD),
        # A difference beyond the noise is told on a noisy machine too.
        (Spread(1.8, 2.0, 2.2), 1.25, Verdict.FASTER),
        # On a noisy machine nothing is the same.
        (Spread(0.99, 1.0, 1.01), QUIET + 0.01, Verdict.UNTOLD),
        (Spread(0.94, 1.0, 1.06), 1.0, Verdict.UNTOLD),
    ],
)
def test_a_difference_is_told_only_beyond_the_noise(speed: Spread, noise: float, verdict: Verdict) -> None:
    assert judge(speed, noise) is verdict


def test_what_is_faster_one_way_is_slower_the_other() -> None:
    assert judge(Spread(1.2, 1.25, 1.3), 1.05) is Verdict.FASTER
    assert judge(Spread(1 / 1.3, 1 / 1.25, 1 / 1.2), 1.05) is Verdict.SLOWER
