"""The table of docs/parity.md is what was measured, and says so of every network of the zoo."""

from __future__ import annotations

import pytest

from archspec import zoo
from archspec.comparison import OPTIMISERS
from archspec.comparison.training import TOLERANCE
from tests.docs.pages import ROOT, read
from tests.docs.training_table import with_table
from tests.zoo.trained import measured

PAGE = "docs/parity.md"


def test_the_page_has_what_was_measured(request: pytest.FixtureRequest) -> None:
    made = with_table(read(PAGE))
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


def test_every_network_is_there() -> None:
    section = read(PAGE).partition("<!-- trained: begin -->")[2]
    assert [name for name in zoo.list_networks() if f"`{name}`" not in section] == []
    assert set(measured()) <= set(zoo.list_networks())


@pytest.mark.parametrize("name", measured())
def test_what_passed_is_within_what_is_allowed(name: str) -> None:
    found = measured()[name]
    assert list(found["steps"]) == [each.name for each in OPTIMISERS]
    assert found["weights"]
    numbers = [found["outputs"], found["gradients"], found["statistics"], *found["steps"].values()]
    assert found["passed"] == (0 < max(numbers) <= TOLERANCE)
