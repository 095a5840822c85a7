"""How large arrays are and how far apart, whatever their size, order in memory and numbers."""

from __future__ import annotations

import numpy as np
import pytest

from archspec.comparison.magnitudes import Magnitudes, largest, magnitudes

GENERATOR = np.random.Generator(np.random.PCG64(5))


@pytest.mark.parametrize("shape", [(), (1,), (7, 3), (3, 3, 64, 65), (50_001,)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_is_that_of_whole_arrays(shape: tuple[int, ...], order: str) -> None:
    first, second, start = (np.asarray(GENERATOR.standard_normal(shape), order=order) for _ in range(3))
    second = np.ascontiguousarray(second).reshape(shape)
    sizes, distance = (np.abs(first).max(), np.abs(second).max()), np.abs(second - first).max()
    assert magnitudes([first, second]) == Magnitudes(max(sizes), distance)
    moved = [first - start, second - start]
    assert magnitudes([first, second], start) == Magnitudes(np.abs(moved).max(), np.abs(moved[1] - moved[0]).max())
    assert largest([first, second, np.zeros(2)]) == max(sizes)


@pytest.mark.parametrize("place", [0, 9_999, 20_000])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_enough(place: int, wrong: float) -> None:
    sound = np.ones(20_001)
    other = sound.copy()
    other[place] = wrong
    for arrays in ([sound, other], [other, sound], [other, other]):
        assert magnitudes(arrays) == Magnitudes(np.inf, np.inf)
    assert largest([sound, other]) == np.inf


def test_another_shape_is_infinitely_far() -> None:
    assert magnitudes([np.zeros(3), np.zeros((3, 1))]).difference == np.inf


def test_nothing_is_of_no_size() -> None:
    assert magnitudes([np.zeros((0, 3)), np.zeros((0, 3))]) == Magnitudes(0.0, 0.0)
    assert largest([]) == 0.0
