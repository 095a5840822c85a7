"""Layers with windows, in all that their attributes can be together: what is worked out and what runs is what is meant.

A few traps of one backend are only there where two axes differ, which nobody thinks of one by one. `--grids` tries all
uses, some 12,000; without it a sample is tried.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest

import archspec
from archspec.backend import find_backend
from tests.conformance.grids import GRIDS, SIZES, Attributes, Sheet, uses
from tests.conformance.reference import Array, Shape
from tests.conformance.side_by_side import distance
from tests.marks import slow_but

pytest.importorskip("torch")
pytest.importorskip("keras")

SAMPLE = 24
"""How many uses of a layer type are tried without `--grids`."""

TOGETHER = 150
"""How many uses make a network."""


@pytest.fixture
def most(request: pytest.FixtureRequest) -> int:
    """How many uses of a layer type are tried."""
    return sys.maxsize if request.config.getoption("--grids") else SAMPLE


def _drawn(layer_type: str, size: Shape, most: int) -> Sequence[Attributes]:
    """All feasible uses of a layer type, or some of them, the same ones each time."""
    every = uses(layer_type, size)
    return every if most >= len(every) else Random(layer_type).sample(every, most)


@pytest.mark.parametrize("size", slow_but([SIZES[-1]], SIZES), ids=str)
@pytest.mark.parametrize("layer_type", GRIDS)
def test_all_attributes_together(layer_type: str, size: Shape, most: int) -> None:
    several = _drawn(layer_type, size, most)
    for start in range(0, len(several), TOGETHER):
        _check(Sheet(layer_type, size, several[start : start + TOGETHER]))


OTHER_SIZES = ((6, 7), (8, 5))
"""Heights and widths that differ from the one that was compiled by each remainder of the strides."""


@pytest.mark.parametrize("layer_type", GRIDS)
def test_pytorch_computes_what_is_meant_at_other_sizes_too(layer_type: str, most: int) -> None:
    sheet = Sheet(layer_type, SIZES[-1], _drawn(layer_type, SIZES[-1], most))
    network = archspec.load(sheet.document())
    model = network.compile("torch", weights=sheet.canonical, dtype="float64", device="cpu")
    for size in OTHER_SIZES:
        other = replace(sheet, size=size)
        made = find_backend("torch").run(network.graph, model, {"x": other.inputs})
        _check_values("torch", other, made)


def test_the_grid_of_transposed_convolutions_is_large() -> None:
    """So many that what one backend gets wrong on one axis because of the other is among them."""
    assert sum(len(uses("Conv2DTranspose", size)) for size in SIZES) > 3000


def _check(sheet: Sheet) -> None:
    network = archspec.load(sheet.document())
    worked_out = {name: kind.shape for name, kind in network.outputs.items()}
    assert {name: array.shape[1:] for name, array in sheet.meant.items()} == worked_out
    for backend in ("torch", "tensorflow"):
        model = network.compile(backend, weights=sheet.canonical, dtype="float64", device="cpu")
        _check_values(backend, sheet, find_backend(backend).run(network.graph, model, {"x": sheet.inputs}))


def _check_values(backend: str, sheet: Sheet, made: Mapping[str, Array]) -> None:
    of = dict(zip(sheet.weights, sheet.uses, strict=True))
    wrong = [of[name] for name, array in sheet.meant.items() if not distance(made[name], array) <= 1e-12]
    assert not wrong, f"{backend}: {len(wrong)} of {len(of)} at {sheet.size}, among them {wrong[0]}"
