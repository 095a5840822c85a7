"""docs/zoo.md is true."""

from __future__ import annotations

import pytest

from archspec.catalogue import index_text
from archspec.zoo import checks, list_networks
from tests.docs.pages import ROOT, read
from tests.docs.zoo_table import page

PAGE = "docs/zoo.md"
INDEX = "specs/index.json"


def test_the_page_is_as_the_zoo_has_it(request: pytest.FixtureRequest) -> None:
    made = page()
    if request.config.getoption("--regenerate"):
        (ROOT / PAGE).write_text(made, encoding="utf-8")
    assert read(PAGE) == made, "run pytest tests/docs --regenerate"


@pytest.mark.slow
def test_the_index_says_what_lowering_says(request: pytest.FixtureRequest) -> None:
    made = index_text()
    if request.config.getoption("--regenerate"):
        (ROOT / INDEX).write_text(made, encoding="utf-8")
    assert read(INDEX) == made, "run pytest tests/docs --regenerate"


def test_what_was_compared_with_a_third_partys_network_is_the_same() -> None:
    assert set(checks()) <= set(list_networks())
    assert all(0 < difference < 1e-10 for found in checks().values() for difference in found.values())
