"""The tables of docs/parity.md are what was measured, and say so of every network of the zoo."""

from __future__ import annotations

import pytest

from archspec import zoo
from archspec.comparison import OPTIMISERS
from archspec.comparison.compare import TOLERANCE as SAME
from archspec.comparison.training_tensors import TOLERANCE
from tests.docs.pages import ROOT, read, with_parts
from tests.docs.parity_tables import BACKENDS, parts
from tests.zoo.inferred import INFERRED
from tests.zoo.trained import TRAINED

PAGE = "docs/parity.md"


def test_the_page_has_what_was_measured(request: pytest.FixtureRequest) -> None:
    made = with_parts(read(PAGE), parts())
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


@pytest.mark.parametrize("part", parts())
def test_every_network_is_there(part: str) -> None:
    section = read(PAGE).partition(f"<!-- {part}: begin -->")[2].partition(f"<!-- {part}: end -->")[0]
    assert [name for name in zoo.list_networks() if f"`{name}`" not in section] == []
    assert {*INFERRED.read(), *TRAINED.read()} <= set(zoo.list_networks())


@pytest.mark.parametrize("name", INFERRED.read())
def test_what_is_alike_is_within_what_is_allowed(name: str) -> None:
    found = INFERRED.read()[name]
    errors = [found["float32"][backend] for backend in BACKENDS]
    assert found["samples"] >= 1
    assert found["outputs"] >= 1
    # Two digits are kept of each.
    within = max(errors) <= found["allowed"] * 1.1
    assert not found["passed"] or (0 < found["float64"] <= SAME and within)


@pytest.mark.parametrize("name", TRAINED.read())
def test_what_passed_is_within_what_is_allowed(name: str) -> None:
    found = TRAINED.read()[name]
    assert list(found["steps"]) == [each.name for each in OPTIMISERS]
    assert found["weights"]
    numbers = [found["outputs"], found["gradients"], found["statistics"], *found["steps"].values()]
    assert found["passed"] == (0 < max(numbers) <= TOLERANCE)
