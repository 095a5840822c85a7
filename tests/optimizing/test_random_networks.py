"""Networks that nobody designed compute the same when they are optimised."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import archspec
from archspec.errors import EmitError, SpecError
from tests.optimizing.agreement import SAME, difference
from tests.parity.agreement import Spec, saved
from tests.parity.random_networks import networks

pytest.importorskip("torch")

PLAIN = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize(
    ("backend", "number", "fuse"),
    [
        ("torch", 40, False),
        ("torch", 25, True),
        pytest.param("torch", 150, False, marks=pytest.mark.slow),
        pytest.param("torch", 150, True, marks=pytest.mark.slow),
        pytest.param("tensorflow", 25, False, marks=pytest.mark.slow),
    ],
)
def test_optimized_random_networks_compute_the_same(backend: str, number: int, fuse: bool) -> None:
    """A network that does not is shrunk, and told as a file."""
    finite = []

    @settings(PLAIN, max_examples=number)
    @seed(number)
    @given(networks(), st.integers(0, 2**16))
    def agree(document: Spec, drawn: int) -> None:
        try:
            found = difference(archspec.load(document), backend, seed=drawn, fuse=fuse)
        except (SpecError, EmitError):
            return
        except Exception as error:
            raise AssertionError(saved(document, f"seed {drawn}, {type(error).__name__}: {error}")) from error
        finite.append(not math.isnan(found))
        assert math.isnan(found) or found < SAME, saved(document, f"seed {drawn}, {found}")

    agree()
    assert sum(finite) >= 0.8 * number
