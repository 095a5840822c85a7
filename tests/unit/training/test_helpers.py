"""The functions that `data.py` carries, each against an independent meaning: Pillow's, torch's, or a plain loop."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from archspec.training.helpers import HELPERS, areas, faults, filling, mixing, resizing
from archspec_torch.peers import package

package("torchvision")
transforms = import_module("torchvision.transforms")

SIZES = [((20, 30), (10, 10)), ((20, 30), (7, 45)), ((9, 9), (9, 9)), ((5, 4), (16, 12)), ((1, 3), (4, 1))]
MODES = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
KERNELS = {"bilinear": (resizing.linear, 1), "bicubic": (resizing.cubic, 2)}


def _bytes(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def _floats(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).random(shape, np.float32)


def test_every_helper_says_what_it_does() -> None:
    assert all('"""' in source for source in HELPERS.values())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_images_of_bytes_are_resized_as_torchvision_resizes_pillows(
    before: tuple[int, int], after: tuple[int, int], mode: str
) -> None:
    image = _bytes(*before, 3)
    expected = transforms.functional.resize(Image.fromarray(image), list(after), transforms.InterpolationMode(mode))
    np.testing.assert_array_equal(resizing.resize(image, *after, MODES[mode]), np.asarray(expected))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_images_of_floats_are_resized_as_torch_does_with_antialiasing(
    before: tuple[int, int], after: tuple[int, int], mode: str
) -> None:
    image = _floats(*before, 2)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = F.interpolate(tensor, after, mode=mode, align_corners=False, antialias=True)[0].permute(1, 2, 0)
    np.testing.assert_allclose(resizing.resize(image, *after, MODES[mode]), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_bilinear_without_antialiasing_is_torchs(before: tuple[int, int], after: tuple[int, int]) -> None:
    image = _floats(*before, 2)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    expected = F.interpolate(tensor, after, mode="bilinear", align_corners=False)[0].permute(1, 2, 0)
    resized = resizing.resize_without_antialiasing(image, *after, *KERNELS["bilinear"])
    np.testing.assert_allclose(resized, expected.numpy(), atol=1e-5)
    assert resized.dtype == np.float32


def _resized_by_loops(image: NDArray[np.float32], after: tuple[int, int], mode: str) -> NDArray[np.float64]:
    """Each new pixel is a mean of all old ones, weighted by the distance of their centres."""

    def weights(old: int, new: int) -> NDArray[np.float64]:
        table = np.zeros((new, old))
        for i in range(new):
            for j in range(old):
                x = abs((i + 0.5) * old / new - (j + 0.5))
                if mode == "bilinear":
                    table[i, j] = max(0.0, 1 - x)
                elif x <= 1:
                    table[i, j] = 1.5 * x**3 - 2.5 * x**2 + 1
                elif x < 2:
                    table[i, j] = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
        return table / table.sum(axis=1, keepdims=True)

    rows, columns = weights(image.shape[0], after[0]), weights(image.shape[1], after[1])
    return np.einsum("ai,ijc,bj->abc", rows, image.astype(float), columns)


@pytest.mark.parametrize("mode", KERNELS)
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resizing_without_antialiasing_is_a_mean_of_the_nearest_pixels(
    before: tuple[int, int], after: tuple[int, int], mode: str
) -> None:
    image = _floats(*before, 2)
    resized = resizing.resize_without_antialiasing(image, *after, *KERNELS[mode])
    np.testing.assert_allclose(resized, _resized_by_loops(image, after, mode), atol=1e-5)


def test_antialiasing_matters_where_images_become_smaller() -> None:
    image = _floats(64, 64, 1)
    with_it = resizing.resize(image, 16, 16, MODES["bilinear"])
    without = resizing.resize_without_antialiasing(image, 16, 16, *KERNELS["bilinear"])
    assert np.abs(with_it - without).max() > 0.1


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_the_nearest_pixel_is_the_one_at_the_centre(before: tuple[int, int], after: tuple[int, int]) -> None:
    mask = _bytes(*before)
    rows = [math.floor(Fraction(2 * i + 1, 2) * before[0] / after[0]) for i in range(after[0])]
    columns = [math.floor(Fraction(2 * i + 1, 2) * before[1] / after[1]) for i in range(after[1])]
    np.testing.assert_array_equal(resizing.resize_to_nearest(mask, *after), mask[np.ix_(rows, columns)])


@pytest.mark.parametrize(("before", "after"), [((20, 30), (10, 10)), ((17, 31), (9, 50)), ((5, 4), (16, 12))])
def test_the_nearest_pixel_is_pillows(before: tuple[int, int], after: tuple[int, int]) -> None:
    """At these sizes no centre is on the border of two pixels, where Pillow's rounding decides."""
    mask = _bytes(*before)
    expected = np.asarray(Image.fromarray(mask).resize(after[::-1], Image.Resampling.NEAREST))
    np.testing.assert_array_equal(resizing.resize_to_nearest(mask, *after), expected)


@pytest.mark.parametrize(("size", "after"), [((375, 500), (256, 341)), ((500, 375), (341, 256)), ((10, 10), (3, 3))])
def test_the_shorter_side_is_resized_as_torchvision_does(size: tuple[int, int], after: tuple[int, int]) -> None:
    side = min(after)
    expected = transforms.functional.resize(Image.new("L", size[::-1]), side).size[::-1]
    assert resizing.with_shorter_side(np.zeros((*size, 1)), side) == after == expected


def test_the_middle_is_as_far_from_both_sides() -> None:
    image = np.arange(7 * 8).reshape(7, 8)
    np.testing.assert_array_equal(image[areas.central_part(image, 3, 4)], image[2:5, 2:6])
    np.testing.assert_array_equal(image[areas.central_part(image, 4, 8)], image[1:5])


def test_all_places_of_a_random_part_are_as_likely() -> None:
    generator = np.random.default_rng(0)
    image = np.zeros((5, 6, 1))
    parts = [areas.random_part(image, 4, 4, generator) for _ in range(6000)]
    assert all(image[part].shape == (4, 4, 1) for part in parts)
    counts = Counter((rows.start, columns.start) for rows, columns in parts)
    assert len(counts) == 2 * 3
    assert all(abs(count - 1000) < 150 for count in counts.values())


@pytest.mark.parametrize("part", [areas.central_part, lambda *a: areas.random_part(*a, np.random.default_rng(0))])
@pytest.mark.parametrize("size", [(11, 5), (5, 21)])
def test_a_part_larger_than_the_image_is_an_error(part: object, size: tuple[int, int]) -> None:
    assert callable(part)
    with pytest.raises(faults.DataError, match=rf"an image of 10 x 20 pixels has no part of {size[0]} x {size[1]}"):
        part(np.zeros((10, 20, 3)), *size)


def test_a_random_resized_part_has_an_area_and_a_ratio_in_range() -> None:
    generator = np.random.default_rng(0)
    image = np.zeros((100, 150, 1))
    shapes = np.array(
        [image[areas.random_resized_part(image, (0.2, 0.5), (0.5, 2), generator)].shape for _ in range(999)]
    )
    shares, ratios = shapes[:, 0] * shapes[:, 1] / 15_000, shapes[:, 1] / shapes[:, 0]
    assert 0.19 < shares.min() < 0.21
    assert 0.48 < shares.max() < 0.51
    assert 0.49 < ratios.min() < 0.55
    assert 1.85 < ratios.max() < 2.05
    assert abs(np.median(np.log(ratios))) < 0.1


@pytest.mark.parametrize("size", [(10, 1000), (1000, 10), (10, 10)])
def test_a_part_that_never_fits_is_torchvisions(size: tuple[int, int]) -> None:
    scale, ratio = (1.4, 1.5), (0.9, 1.1)
    rows, columns = areas.random_resized_part(np.zeros((*size, 1)), scale, ratio, np.random.default_rng(0))
    top, left, height, width = transforms.RandomResizedCrop.get_params(torch.zeros(1, *size), list(scale), list(ratio))
    assert (rows, columns) == (slice(top, top + height), slice(left, left + width))


def test_a_rectangle_to_erase_has_an_area_and_a_ratio_in_range() -> None:
    generator = np.random.default_rng(0)
    image = np.zeros((100, 150, 1))
    shapes = np.array([image[areas.random_rectangle(image, (0.1, 0.3), (0.5, 2), generator)].shape for _ in range(999)])
    shares, ratios = shapes[:, 0] * shapes[:, 1] / 15_000, shapes[:, 0] / shapes[:, 1]
    assert 0.09 < shares.min() < 0.11
    assert 0.28 < shares.max() < 0.31
    assert 0.48 < ratios.min() < 0.55
    assert 1.85 < ratios.max() < 2.1


def test_a_rectangle_that_never_fits_erases_nothing_as_torchvisions() -> None:
    scale, ratio = (1.0, 1.0), (0.3, 3.3)
    image = np.ones((20, 20, 1))
    assert image[areas.random_rectangle(image, scale, ratio, np.random.default_rng(0))].size == 0
    assert transforms.RandomErasing(1, scale, ratio)(torch.ones(1, 20, 20)).sum() == 400


def test_the_box_of_cutmix_is_that_of_algorithm_1() -> None:
    height, width, share = 20, 31, 0.6
    for seed in range(50):
        centre = np.random.default_rng(seed).random(2)
        rows, columns = areas.box(np.zeros((height, width, 1)), share, centre)
        y, x = np.floor(centre * [height, width])
        cut_height, cut_width = math.floor(height * math.sqrt(1 - share)), math.floor(width * math.sqrt(1 - share))
        inside = np.zeros((height, width), bool)
        for i in range(height):
            for j in range(width):
                inside[i, j] = 0 <= i - (y - cut_height // 2) < cut_height and 0 <= j - (x - cut_width // 2) < cut_width
        expected = np.zeros((height, width), bool)
        expected[rows, columns] = True
        np.testing.assert_array_equal(inside, expected)


@pytest.mark.parametrize("shape", [(4, 5, 3), (4, 5)])
def test_padding_is_numpys(shape: tuple[int, ...]) -> None:
    image = _bytes(*shape)
    expected = np.pad(image, [(1, 2), (3, 0), (0, 0)][: len(shape)], constant_values=7)
    padded = filling.pad(image, 1, 2, 3, 0, 7)
    np.testing.assert_array_equal(padded, expected)
    assert padded.dtype == np.uint8


def _old_place(place: int, size: int, fill: str) -> int | None:
    """The row or column that a place outside shows; None where it has a constant."""
    if 0 <= place < size:
        return place
    if fill == "edge":
        return min(max(place, 0), size - 1)
    return (-place if place < 0 else 2 * (size - 1) - place) if fill == "reflect" else None


@pytest.mark.parametrize("fill", ["constant", "edge", "reflect"])
@pytest.mark.parametrize("moves", [(0, 0), (2, 0), (-2, 1), (1, -3), (-3, -4)])
@pytest.mark.parametrize("shape", [(4, 5, 2), (4, 5)])
def test_an_image_moves_by_whole_pixels(fill: str, moves: tuple[int, int], shape: tuple[int, ...]) -> None:
    image, (down, right) = _bytes(*shape), moves
    expected = np.full_like(image, 9)
    for i in range(4):
        for j in range(5):
            row, column = _old_place(i - down, 4, fill), _old_place(j - right, 5, fill)
            if row is not None and column is not None:
                expected[i, j] = image[row, column]
    moved = {
        "constant": lambda: filling.shift(image, down, right, 9),
        "edge": lambda: filling.shift_with_edge(image, down, right),
        "reflect": lambda: filling.shift_with_reflection(image, down, right),
    }[fill]()
    np.testing.assert_array_equal(moved, expected)


def test_all_shifts_are_as_likely() -> None:
    generator = np.random.default_rng(0)
    image = np.zeros((20, 10, 1))
    counts = Counter(filling.random_shift(image, 0.1, 0.15, generator) for _ in range(15_000))
    assert set(counts) == {(down, right) for down in range(-2, 3) for right in range(-1, 2)}
    assert all(abs(count - 1000) < 150 for count in counts.values())


def test_mixing_is_a_weighted_sum() -> None:
    """A fourth row is only mixed with others."""
    values, order, share = _floats(4, 2, 2), np.array([2, 0, 3]), np.array([0.25, 1.0, 0.5])
    expected = [0.25 * values[0] + 0.75 * values[2], values[1], 0.5 * values[2] + 0.5 * values[3]]
    mixed = mixing.mixed(values, order, share)
    np.testing.assert_allclose(mixed, expected, rtol=1e-6)
    assert mixed.dtype == np.float32


def test_classes_as_vectors() -> None:
    np.testing.assert_array_equal(mixing.one_hot(np.array([2, 0]), 3), [[0, 0, 1], [1, 0, 0]])
