"""The arithmetic of windows, against counting them one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archspec.layers.window import divisors, extent, output_size, overhang, same_padding

sizes = st.integers(1, 40)
kernels = st.integers(1, 7)
steps = st.integers(1, 4)


@given(sizes, kernels, steps, steps)
def test_same_gives_a_window_for_each_step(size: int, kernel: int, stride: int, dilation: int) -> None:
    before, after = padding = same_padding(size, kernel, stride, dilation)
    assert output_size(size, kernel, stride, dilation, padding) == -(-size // stride)
    assert after - before in (0, 1)


@given(sizes, kernels, steps, steps, st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_windows_are_those_that_fit(
    size: int, kernel: int, stride: int, dilation: int, padding: tuple[int, int]
) -> None:
    last = size + sum(padding) - extent(kernel, dilation)
    assert output_size(size, kernel, stride, dilation, padding) == len(range(0, last + 1, stride))


@given(sizes, kernels, steps, st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_ceil_mode_covers_what_would_be_left_over(
    size: int, kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    padding = (min(padding[0], kernel // 2), min(padding[1], kernel // 2))
    windows = output_size(size, kernel, stride, 1, padding, ceil_mode=True)
    plain = output_size(size, kernel, stride, 1, padding)
    beyond = overhang(size, kernel, stride, padding)
    assert windows - plain in (0, 1)
    assert (beyond > 0) == (windows > plain)
    assert output_size(size, kernel, stride, 1, (padding[0], padding[1] + beyond)) == windows
    assert overhang(size, kernel, stride, padding, ceil_mode=False) == 0


@given(sizes, kernels, steps, st.tuples(st.integers(0, 3), st.integers(0, 3)), st.booleans(), st.booleans())
def test_divisors_count_elements(
    size: int, kernel: int, stride: int, padding: tuple[int, int], ceil_mode: bool, counted: bool
) -> None:
    padding = (min(padding[0], kernel - 1), min(padding[1], kernel - 1))
    places = ["pad"] * padding[0] + ["real"] * size + ["pad"] * padding[1]
    windows = output_size(size, kernel, stride, 1, padding, ceil_mode)
    seen = [places[index * stride :][:kernel] for index in range(windows)]
    expected = tuple(len(window) if counted else window.count("real") for window in seen)
    assert divisors(size, kernel, stride, padding, ceil_mode, counted) == expected
    assert all(expected)
