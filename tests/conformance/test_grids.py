"""Layers with windows, in all that their attributes can be together: what is worked out and what runs is what is meant.

A few traps of one backend are only there where two axes differ, which nobody thinks of one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

import archspec
from archspec.backend import find_backend
from tests.conformance.grids import GRIDS, SIZES, Sheet, uses
from tests.conformance.reference import Shape
from tests.conformance.side_by_side import distance

pytest.importorskip("torch")
pytest.importorskip("keras")

QUICK = 24
"""How many uses of a layer type are quick."""

TOGETHER = 150
"""How many uses make a network."""


def _sheets() -> Iterator[Any]:
    """For each layer type a few uses, and with `--full` all of them."""
    for layer_type in GRIDS:
        yield pytest.param(layer_type, SIZES[-1], QUICK, id=f"{layer_type}-some")
        for size in SIZES:
            yield pytest.param(layer_type, size, None, id=f"{layer_type}-{size}", marks=pytest.mark.slow)


@pytest.mark.parametrize(("layer_type", "size", "some"), _sheets())
def test_all_attributes_together(layer_type: str, size: Shape, some: int | None) -> None:
    every = uses(layer_type, size)
    several = every if some is None else Random(layer_type).sample(every, min(some, len(every)))
    for start in range(0, len(several), TOGETHER):
        _check(Sheet(layer_type, size, several[start : start + TOGETHER]))


def test_the_grid_of_transposed_convolutions_is_large() -> None:
    """So many that what one backend gets wrong on one axis because of the other is among them."""
    assert sum(len(uses("Conv2DTranspose", size)) for size in SIZES) > 3000


def _check(sheet: Sheet) -> None:
    network = archspec.load(sheet.document())
    weights = {f"{name}:{slot}": array for name, own in sheet.weights.items() for slot, array in own.items()}
    of = dict(zip(sheet.weights, sheet.uses, strict=True))
    worked_out = {name: kind.shape for name, kind in network.outputs.items()}
    assert not [of[name] for name, array in sheet.meant.items() if array.shape[1:] != worked_out[name]]
    for backend in ("torch", "tensorflow"):
        model = network.compile(backend, weights=weights, dtype="float64", device="cpu")
        made = find_backend(backend).run(network.graph, model, {"x": sheet.inputs})
        wrong = [of[name] for name, array in sheet.meant.items() if not distance(made[name], array) <= 1e-12]
        assert not wrong, f"{backend}: {len(wrong)} of {len(of)}, among them {wrong[0]}"
