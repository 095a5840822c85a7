"""Networks that nobody designed are the same in both backends, in inference and in training.

`pytest tests/parity/test_random_networks.py --networks 2000 --hypothesis-seed 7` tries others, and as many as wanted.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import archspec
from archspec.backend import Optimiser
from archspec.comparison import OPTIMISERS
from archspec.errors import EmitError, SpecError
from tests.parity.agreement import Spec, agreement, saved
from tests.parity.random_networks import networks

pytest.importorskip("torch")
pytest.importorskip("keras")

USUAL = 200

TRAINED_WITH = (None,) * 12 + tuple(OPTIMISERS)
"""All networks are compared in a pass of training; one of four makes steps, of one optimiser. In Keras these take
longer than all the rest."""

PLAIN = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)


def test_backends_agree_on_random_networks(request: pytest.FixtureRequest) -> None:
    """A network on which they do not is shrunk, and told as a file."""
    wanted = request.config.getoption("--networks")
    finite: list[bool] = []
    steps: Counter[str] = Counter()

    @settings(PLAIN, max_examples=wanted or USUAL, derandomize=wanted is None)
    @given(networks(), st.integers(0, 2**16), st.sampled_from(TRAINED_WITH))
    def agree(document: Spec, seed: int, optimiser: Optimiser | None) -> None:
        name = "no steps" if optimiser is None else optimiser.name
        try:
            found = agreement(document, seed, optimiser)
        except (SpecError, EmitError):
            return  # how many these are is another test's
        except Exception as error:
            raise AssertionError(saved(document, f"seed {seed}, {name}, {type(error).__name__}")) from error
        if found.different is not None:
            raise AssertionError(saved(document, f"seed {seed}, {found.different}"))
        finite.append(found.finite)
        steps[name] += found.finite

    agree()
    print(f"\n{len(finite)} networks, of which {len(finite) - sum(finite)} not finite; trained with {dict(steps)}")
    # What is not finite was compared in inference only.
    assert sum(finite) >= 0.98 * len(finite)
    assert len(finite) < USUAL or steps.keys() >= {each.name for each in OPTIMISERS}


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
