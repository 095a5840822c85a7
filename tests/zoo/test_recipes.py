"""The recipes that come with archspec: each is of its family's network, and becomes a program of both frameworks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archspec import zoo
from archspec.training.planning import network_of, plan
from archspec.training.program import recipe_backend, sources
from archspec.training.reading import read_recipe

RECIPES = sorted((zoo.folder() or Path()).glob("recipes/*.yaml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_becomes_a_program(recipe: Path, tmp_path: Path) -> None:
    shutil.copy(recipe, tmp_path)
    text = recipe.read_text()
    for place, classes in (
        ("cifar10/train", 10),
        ("cifar10/test", 10),
        ("imagenet/train", 1000),
        ("imagenet/val", 1000),
    ):
        for number in range(classes if place in text else 0):
            (tmp_path / place / f"{number:03d}").mkdir(parents=True)
    written = read_recipe(tmp_path / recipe.name)
    found = plan(written, network_of(written))
    for name in ("torch", "tensorflow"):
        texts = sources(found, recipe_backend(name))
        for file, source in texts.items():
            compile(source, file, "exec")
    assert written.recipe.metrics[0] == "accuracy"


def test_each_is_of_a_family() -> None:
    assert len(RECIPES) >= 7
    assert {recipe.name for recipe in RECIPES} <= {spec.name for spec in zoo.spec_files()}
    for recipe in RECIPES:
        network = zoo.find_network(read_recipe(recipe).recipe.network.spec)
        assert network is not None
        assert network.path.name == recipe.name
