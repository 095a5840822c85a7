"""Small specs that a reader of the emitters wrote to break them: both backends must compute the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec

SPECS = sorted((Path(__file__).parent / "specs").glob("*.yaml"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_both_backends_compute_the_same(spec: Path) -> None:
    parity = archspec.parity(spec, batch=2)
    assert parity.passed, parity
