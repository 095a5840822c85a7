"""What differences are measured by: never a first backend's zeros."""

from __future__ import annotations

import numpy as np
import pytest

from archspec.comparison import relative_error
from archspec.comparison.training import OPTIMISERS
from archspec.comparison.training_tensors import MovingStatistic, judged, judged_statistics, judged_step

ZEROS = np.zeros((2, 3))

MOVING = {
    "norm:mean": MovingStatistic("mean", "norm:variance"),
    "norm:variance": MovingStatistic("variance", "norm:mean"),
}


def no_terms() -> float:
    """The bound in a network without normalisations of constants."""
    return 0.0


@pytest.mark.parametrize("value", [5e-10, 1e-12, 1e-300])
def test_zeros_are_not_what_is_nearly_zero(value: float) -> None:
    """The difference of zeros and tiny numbers is all there is, whichever of them comes first."""
    other = np.full((2, 3), value)
    for arrays in ([ZEROS, other], [other, ZEROS], [ZEROS, ZEROS, other]):
        assert judged("w", arrays).difference == 1.0
        assert not judged("w", arrays).passed
        assert relative_error(arrays[-1], arrays[0]) == 1.0


def test_zeros_are_the_same_as_zeros() -> None:
    assert judged("w", [ZEROS, ZEROS]).passed
    assert relative_error(ZEROS, ZEROS) == 0.0


def test_what_is_not_finite_differs() -> None:
    for wrong in (np.full((2, 3), np.nan), np.full((2, 3), np.inf), np.zeros(6)):
        assert judged("w", [ZEROS, wrong]).difference == np.inf
        assert relative_error(wrong, ZEROS) == np.inf


def test_a_mean_of_zero_is_measured_by_the_deviation_in_any_backend() -> None:
    def statistics(mean: float, variance: float) -> dict[str, np.ndarray]:
        return {"norm:mean": np.array([mean]), "norm:variance": np.array([variance])}

    mean, variance = judged_statistics([statistics(0.0, 1.0), statistics(1e-17, 1.0)], MOVING, no_terms)
    assert mean.passed
    assert variance.passed
    mean, _ = judged_statistics([statistics(0.0, 0.0), statistics(1e-12, 1e-24)], MOVING, no_terms)
    assert not mean.passed
    # The variance of a constant 6 is 0 but for rounding.
    _, variance = judged_statistics([statistics(6.0, 0.0), statistics(6.0, 8e-31)], MOVING, no_terms)
    assert variance.passed
    _, variance = judged_statistics([statistics(6.0, 0.0), statistics(6.0, 1e-9)], MOVING, no_terms)
    assert not variance.passed


@pytest.mark.parametrize("found", [0.0, 1e-17])
def test_a_mean_behind_a_constant_may_be_the_rounding_of_the_terms(found: float) -> None:
    """It is named as zero; a larger difference than the terms explain is none of rounding."""
    other = {"norm:mean": np.array([1e-14]), "norm:variance": np.array([0.0])}
    arrays = [{**other, "norm:mean": np.array([found])}, other]
    mean, _ = judged_statistics(arrays, MOVING, lambda: 2e-14)
    assert (mean.passed, mean.rounding, mean.zero) == (True, True, True)
    mean, _ = judged_statistics(arrays, MOVING, lambda: 2e-15)
    assert not mean.passed


def test_a_step_is_measured_by_the_movement() -> None:
    """Weights of size 1 that move by a ten-thousandth hide a wrong step, and have the rounding of their own size."""
    adam = OPTIMISERS[1]
    start = np.full((2, 3), 1.0)
    right = start + 1e-4
    assert judged_step("w", [right, right + 2.3e-16], start, 1e-15, adam).difference < 1e-15
    wrong = start + 1e-4 * (1 + 1e-6)
    assert judged("w", [right, wrong]).passed
    assert 0.9e-6 < judged_step("w", [right, wrong], start, 1e-15, adam).difference < 1.1e-6


def test_a_step_is_not_blamed_for_its_gradient() -> None:
    """Where gradients are rounding, which differs, Adam divides them by epsilon."""
    adam = OPTIMISERS[1]
    rounded = [ZEROS, ZEROS + 1e-17 * adam.learning_rate / adam.epsilon]
    assert judged_step("w", rounded, ZEROS, 1e-17, adam).passed
    assert not judged_step("w", rounded, ZEROS, 0.0, adam).passed


def test_a_weight_is_not_blamed_for_its_gradient() -> None:
    """Nor where that is too much for the weight: behind normalisations of what is constant, rounding grows to 1e-9."""
    adam = OPTIMISERS[1]
    start = np.full((2, 3), 0.25)
    rounded = [start, start + 2e-9 * adam.learning_rate / adam.epsilon]
    assert judged_step("w", rounded, start, 2e-9, adam).passed
    assert not judged_step("w", rounded, start, 1e-12, adam).passed
