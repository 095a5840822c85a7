"""Networks that nobody designed are the same in both backends, in inference and in training.

`pytest tests/parity/test_random_networks.py --networks 2000 --hypothesis-seed 7` tries others, and as many as wanted.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import archspec
from archspec.errors import EmitError, SpecError
from tests.parity.agreement import Spec, disagreement, saved
from tests.parity.random_networks import networks

pytest.importorskip("torch")
pytest.importorskip("keras")

USUAL = 200

PLAIN = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)


def test_backends_agree_on_random_networks(request: pytest.FixtureRequest) -> None:
    """A network on which they do not is shrunk, and told as a file."""
    wanted = request.config.getoption("--networks")

    @settings(PLAIN, max_examples=wanted or USUAL, derandomize=wanted is None)
    @given(networks(), st.integers(0, 2**16))
    def agree(document: Spec, seed: int) -> None:
        try:
            found = disagreement(document, seed)
        except (SpecError, EmitError):
            return  # how many these are is another test's
        except Exception as error:
            raise AssertionError(saved(document, f"seed {seed}, {type(error).__name__}")) from error
        if found is not None:
            raise AssertionError(saved(document, f"seed {seed}, {found}"))

    agree()


def test_what_is_generated_is_valid() -> None:
    """At least 95 of 100 documents are networks that both backends can say."""
    valid: list[bool] = []

    @settings(PLAIN, max_examples=100, derandomize=True, phases=[Phase.generate])
    @given(networks())
    def try_out(document: Spec) -> None:
        try:
            network = archspec.load(document)
            network.emit("torch")
            network.emit("tensorflow")
        except (SpecError, EmitError):
            valid.append(False)
        else:
            valid.append(True)

    try_out()
    assert sum(valid) >= 0.95 * len(valid)
