"""Small specs that a reader of the emitters wrote to break them: both backends must compute the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.marks import slow_but

SPECS = sorted((Path(__file__).parent / "specs").glob("*.yaml"))


@pytest.mark.parametrize("spec", slow_but(SPECS[::3], SPECS), ids=lambda spec: spec.stem)
def test_both_backends_compute_the_same(spec: Path) -> None:
    parity = archspec.parity(spec, batch=2)
    assert parity.passed, parity


@pytest.mark.parametrize("name", ["each_inside_each", pytest.param("each_of_a_pyramid", marks=pytest.mark.slow)])
def test_normalisations_that_several_values_share_train_alike(name: str) -> None:
    """Their moving statistics take the values in the spec's order, also inside a model of Keras."""
    parity = archspec.training_parity(Path(__file__).parent / "specs" / f"{name}.yaml", steps=2)
    assert parity.passed, parity
