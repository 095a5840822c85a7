"""Networks that nobody designed are the same in both backends, in inference and in training.

`pytest tests/parity/test_random_networks.py --networks 2000 --hypothesis-seed 7` tries others, and as many as wanted.
"""

from __future__ import annotations

from collections import Counter
from zlib import crc32

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

TRAINED_WITH = (None,) * 16 + tuple(OPTIMISERS)
"""All networks are compared in a pass of training; one of five makes steps, of one optimiser. In Keras these take
longer than all the rest."""

PLAIN = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)


def test_backends_agree_on_random_networks(request: pytest.FixtureRequest) -> None:
    """A network on which they do not is shrunk, and told as a file."""
    wanted = request.config.getoption("--networks")
    finite: list[bool] = []
    failed: list[Optimiser | None] = []
    steps: Counter[str] = Counter()

    @settings(PLAIN, max_examples=wanted or USUAL, derandomize=wanted is None)
    @given(networks(), st.integers(0, 2**16))
    def agree(document: Spec, seed: int) -> None:
        # What is like the one that failed is tried with the same, so that it can be shrunk.
        optimiser = failed[0] if failed else _optimiser(document)
        name = "no steps" if optimiser is None else optimiser.name
        try:
            found = agreement(document, seed, optimiser)
        except (SpecError, EmitError):
            return  # how many these are is another test's
        except Exception as error:
            failed.append(optimiser)
            raise AssertionError(saved(document, f"seed {seed}, {name}, {type(error).__name__}")) from error
        if found.different is not None:
            failed.append(optimiser)
            raise AssertionError(saved(document, f"seed {seed}, {found.different}"))
        finite.append(found.finite)
        steps.update([name] if found.finite else [])

    agree()
    print(f"\n{len(finite)} networks, of which {len(finite) - sum(finite)} not finite; trained with {dict(steps)}")
    # What is not finite was compared in inference only.
    assert sum(finite) >= 0.98 * len(finite)
    assert (wanted or USUAL) < USUAL or steps.keys() >= {each.name for each in OPTIMISERS}


def _optimiser(document: Spec) -> Optimiser | None:
    """What a network is trained with. Hypothesis would not draw each as often: it varies what it has drawn before."""
    return TRAINED_WITH[crc32(repr(document).encode()) % len(TRAINED_WITH)]


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
