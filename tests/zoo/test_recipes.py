"""The recipes that come with archspec: each is of its family's network, and becomes a program of both frameworks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archspec import zoo
from archspec.training.planning import network_of, plan
from archspec.training.program import recipe_backend, sources
from archspec.training.reading import read_recipe

FOLDER = (zoo.folder() or Path()) / "recipes"
RECIPES = sorted(FOLDER.rglob("*.yaml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: str(path.relative_to(FOLDER)))
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
    assert len(RECIPES) >= 9
    assert {recipe.name for recipe in RECIPES} <= {spec.name for spec in zoo.spec_files()}
    for recipe in RECIPES:
        network = zoo.find_network(read_recipe(recipe).recipe.network.spec)
        assert network is not None
        assert network.path.name == recipe.name


def test_a_plateau_has_no_effect_beside_a_schedule_in_keras() -> None:
    """The example for CIFAR-10 has both callbacks, and resnet_cifar_keras.yaml has the schedule alone."""
    keras = pytest.importorskip("keras")
    schedule = read_recipe(FOLDER / "resnet_cifar_keras.yaml").recipe.schedule

    def rate(epoch: int) -> float:
        begun = sum(epoch >= each for each in schedule.epochs)
        return 1e-3 * (schedule.factors[begun - 1] if begun else 1.0)

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(1e-3))
    plateau = keras.callbacks.ReduceLROnPlateau(factor=0.1**0.5, cooldown=0, patience=5, min_lr=0.5e-6)
    scheduler = keras.callbacks.LearningRateScheduler(rate)
    callbacks = keras.callbacks.CallbackList([plateau, scheduler], model=model)
    callbacks.on_train_begin()
    lowered = 0
    for epoch in range(200):
        callbacks.on_epoch_begin(epoch)
        during = float(model.optimizer.learning_rate)
        assert during == pytest.approx(rate(epoch))
        callbacks.on_epoch_end(epoch, {"val_loss": 1.0})
        lowered += float(model.optimizer.learning_rate) < during
    assert lowered > 20
