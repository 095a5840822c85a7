"""docs/training.md: its tables are those of the models, its keys are all keys, and its examples are valid."""

from __future__ import annotations

import re

import pytest
import yaml

from archspec.recipe.document import Recipe
from archspec.zoo import folder
from tests.docs.pages import read
from tests.docs.training_tables import rows

PAGE = "docs/training.md"


@pytest.mark.parametrize("heading", ["LOSSES", "OPTIMIZERS", "SCHEDULES", "OTHERS"])
def test_a_table_is_that_of_the_models(heading: str) -> None:
    text = read(PAGE)
    for row in rows(heading):
        assert row in text


def test_all_keys_are_described() -> None:
    (table,) = re.findall(r"## The recipe\n(.*?)\n### Losses", read(PAGE), re.DOTALL)
    first = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(\w+)", first)) - {"key"} == set(Recipe.model_fields)


def test_the_example_is_a_recipe() -> None:
    (example,) = re.findall(r"```yaml\n(recipe: 1.*?)```", read(PAGE), re.DOTALL)
    assert Recipe.model_validate(yaml.safe_load(example)).name == "lenet_mnist"


def test_the_families_with_recipes_are_named() -> None:
    place = folder()
    assert place is not None
    for recipe in place.glob("recipes/*.yaml"):
        assert f"`{recipe.stem}`" in read(PAGE)
