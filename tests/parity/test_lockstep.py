"""Both frameworks' training programs, step by step from the same weights in float64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.cli.lockstep import section
from archspec.training.lockstep import LockstepReport, compare_in_lockstep
from archspec.training.planning import plan
from archspec.training.program import recipe_backend
from archspec.training.reading import read_recipe
from archspec.training.runs import RunError
from tests.marks import rows_but
from tests.parity import recipes

COMBINATIONS = {name: (network, recipe) for name, network, recipe in recipes.combinations()}

QUICK = ("residual-nesterov-coupled-plateau-accumulate", "convolutional-rmsprop_momentum-coupled-cosine-accumulate")


def in_lockstep(network: str, recipe: dict[str, Any], steps: int, *backends: Any) -> LockstepReport:
    """Train one of the small networks."""
    own = recipes.network(network)
    found = backends or (recipe_backend("torch"), recipe_backend("tensorflow"))
    return compare_in_lockstep(plan(read_recipe(recipe), own), found, own.weights(0), steps)


def test_there_are_sixty_combinations() -> None:
    assert len(COMBINATIONS) >= 60


@pytest.mark.parametrize("name", QUICK)
def test_a_few_steps_are_equal(name: str) -> None:
    report = in_lockstep(*COMBINATIONS[name], 25)
    assert report.passed, report.first
    assert report.steps == 25


CHAOTIC = {
    "name": "chaotic",
    "inputs": {"image": [8, 8, 1]},
    "layers": [
        {"layer_type": "Flatten"},
        {
            "layer_type": "Dense",
            "units": 32,
            "activation": "tanh",
            "kernel_initializer": {"initializer": "variance_scaling", "scale": 16},
            "repeat": 12,
        },
        {"layer_type": "Dense", "units": 10},
    ],
}


def test_rounding_errors_that_the_training_amplifies_are_told_from_a_fault() -> None:
    """Weights that are too large amplify them in each layer."""
    recipe = recipes.recipe("chaotic", {"type": "SGD", "learning_rate": 0.1})
    chaotic = archspec.load(CHAOTIC)
    backends = (recipe_backend("torch"), recipe_backend("tensorflow"))
    report = compare_in_lockstep(plan(read_recipe(recipe), chaotic), backends, chaotic.weights(0), 8)
    assert report.first is not None
    assert report.first.step > 1
    assert report.unstable
    assert not report.passed
    assert "trains equally in torch and tensorflow up to step" in section(report).verdict


def test_data_that_do_not_fit_are_told(tmp_path: Path) -> None:
    network, recipe = COMBINATIONS[QUICK[0]]
    np.savez(
        tmp_path / "a.npz", image=np.zeros((8, *recipes.network(network).inputs["image"].axes)), label=np.full(8, 99)
    )
    source = {"type": "Arrays", "file": str(tmp_path / "a.npz"), "fields": {"image": "image", "label": "label"}}
    with pytest.raises(RunError, match=r"`label` of example . has 99, and classes are whole numbers from 0"):
        in_lockstep(network, {**recipe, "data": {"source": source, "validation": 0.2}}, 5)


FEW = (
    "residual-adam-no_decay-plateau-clip",
    "convolutional-adamw-decoupled-plateau-accumulate",
    "residual-rmsprop_momentum-no_decay-cosine-regularizers",
    "two_heads-one",
    "residual-frozen-moving",
)
"""Each optimizer with a state, and what is easiest to break; `--tables` runs all."""


@pytest.mark.parametrize("name", rows_but((), FEW, COMBINATIONS))
def test_two_hundred_steps_are_equal(name: str) -> None:
    network, recipe = COMBINATIONS[name]
    report = in_lockstep(network, recipe, 200)
    assert report.passed, report.first
    assert report.steps == 200
    # A bias before a batch normalisation moves by rounding errors only.
    shifted = network == "residual" and "fixed" not in name
    assert report.unread == (("bn:moving_mean", "conv:bias") if shifted else ())


@pytest.mark.slow
def test_what_normalisations_take_away_is_not_judged() -> None:
    """A bias is shifted through a pooling and concatenations, and the mean of normalised values is a rounding error.

    PyTorch computes the blocks again, which Keras does not.
    """
    network = archspec.load("densenet_bc_100_12", params={"depth": 10, "classes": 10}, inputs={"image": (8, 8, 1)})
    optimizer = {"type": "RMSprop", "learning_rate": 0.001}
    recipe = {**recipes.recipe("densenet", optimizer), "recompute": True}
    backends = (recipe_backend("torch"), recipe_backend("tensorflow"))
    report = compare_in_lockstep(plan(read_recipe(recipe), network), backends, network.weights(0), 10)
    assert report.passed, report.first
    assert {"transition1.conv:bias", "dense_block2.layer1.norm1:moving_mean"} <= {*report.unread}
    assert "dense_block3.layer1.norm1:moving_mean" in report.largest


def test_random_layers_are_told() -> None:
    assert in_lockstep("convolutional", recipes.recipe("convolutional", {"type": "SGD"}), 1).switched_off == ("4",)
