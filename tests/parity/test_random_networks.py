"""Networks that nobody designed are the same in both backends, in inference and in training.

`pytest tests/parity/test_random_networks.py --networks 2000 --hypothesis-seed 7` tries others, and as many as wanted.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from archspec.backend import Optimiser
from archspec.comparison import OPTIMISERS
from archspec.errors import EmitError, SpecError
from tests.marks import rows_but
from tests.parity.agreement import Spec, agreement, saved
from tests.parity.random_networks import networks

pytest.importorskip("torch")
pytest.importorskip("keras")

PARTS = 6
"""The first is quick, and the last four need `--tables`. Each has networks of its own, which are always the same."""

IN_A_PART = 20
"""As many as it takes to have each optimiser once."""

TRAINED_WITH = (None,) * 16 + tuple(OPTIMISERS)
"""All networks are compared in a pass of training; one of five makes steps, of one optimiser. In Keras these take
longer than all the rest."""

PLAIN = settings(
    deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many networks as `--networks` says at once, or the usual ones in parts."""
    if "part" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--networks")
        metafunc.parametrize("part", rows_but([0], [1], range(PARTS)) if wanted is None else [None])


def test_backends_agree_on_random_networks(part: int | None, request: pytest.FixtureRequest) -> None:
    """A network on which they do not is shrunk, and told as a file; both can say at least 95 of 100 documents."""
    number = request.config.getoption("--networks") or IN_A_PART
    refused = 0
    finite: list[bool] = []
    failed: list[Optimiser | None] = []
    steps: Counter[str] = Counter()

    @settings(PLAIN, max_examples=number)
    @given(networks(), st.integers(0, 2**16))
    def agree(document: Spec, drawn: int) -> None:
        nonlocal refused
        # What is like the one that failed is tried with the same, so that it can be shrunk.
        optimiser = failed[0] if failed else TRAINED_WITH[len(finite) % len(TRAINED_WITH)]
        name = "no steps" if optimiser is None else optimiser.name
        try:
            found = agreement(document, drawn, optimiser)
        except (SpecError, EmitError):
            refused += 1
            return
        except Exception as error:
            failed.append(optimiser)
            raise AssertionError(saved(document, f"seed {drawn}, {name}, {type(error).__name__}")) from error
        if found.different is not None:
            failed.append(optimiser)
            raise AssertionError(saved(document, f"seed {drawn}, {found.different}"))
        finite.append(found.finite)
        steps.update([name] if found.finite else [])

    (agree if part is None else seed(part)(agree))()
    print(f"\n{len(finite)} networks, of which {len(finite) - sum(finite)} not finite; trained with {dict(steps)}")
    assert refused <= 0.05 * number
    # What is not finite was compared in inference only.
    assert sum(finite) >= 0.98 * len(finite)
    assert number < IN_A_PART or steps.keys() >= {each.name for each in OPTIMISERS}
