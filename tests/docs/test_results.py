"""docs/results.md is what was measured, by the recipes as they are, and what was measured is good enough."""

from __future__ import annotations

import pytest

import archspec
from benchmarks.results import BACKENDS, KEYS, RECIPES, digest, path_of, read
from tests.docs.pages import ROOT
from tests.docs.results_page import Interval, interval, page

PAGE = ROOT / "docs" / "results.md"


def test_the_page_has_what_was_measured(request: pytest.FixtureRequest) -> None:
    made = page()
    if request.config.getoption("--regenerate"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text("utf-8") == made, "run pytest tests/docs --regenerate"


def test_every_training_was_measured_once() -> None:
    assert sorted(each.key for each in read()) == sorted(KEYS), "run python -m benchmarks.results"


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_recipe_that_was_measured_is_the_one_that_ships(recipe: str) -> None:
    shipped = digest(archspec.read_recipe(path_of(recipe)))
    measured = {each.digest for each in read() if each.recipe == recipe}
    assert measured == {shipped}, f"run python -m benchmarks.results {recipe}"


@pytest.mark.parametrize("recipe", [recipe for recipe, least in RECIPES.items() if least is not None])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_recipe_reaches_its_target(recipe: str, backend: str) -> None:
    assert interval(recipe, backend).mean >= RECIPES[recipe]


@pytest.mark.parametrize("recipe", RECIPES)
def test_both_frameworks_reach_the_same(recipe: str) -> None:
    one, other = (interval(recipe, backend) for backend in BACKENDS)
    assert one.overlaps(other)


def test_intervals_that_do_not_meet_are_told() -> None:
    assert Interval(0.97, 0.01).overlaps(Interval(0.98, 0.002))
    assert not Interval(0.97, 0.01).overlaps(Interval(0.99, 0.005))


def test_the_digest_is_that_of_the_training() -> None:
    path = path_of("lenet")
    same = archspec.read_recipe(path, changes={"seed": 3, "description": "another"})
    assert digest(same) == digest(archspec.read_recipe(path))
    for change in ({"epochs": 13}, {"optimizer.learning_rate": 0.002}, {"network.spec": "lenet5"}):
        assert digest(archspec.read_recipe(path, changes=change)) != digest(archspec.read_recipe(path))
