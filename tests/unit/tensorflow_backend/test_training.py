"""Steps of Keras's optimisers do not depend on how they are made to take less time."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.comparison import OPTIMISERS, random_inputs
from archspec.weights import randomised

pytest.importorskip("keras")

DOCUMENT = {
    "archspec": 1,
    "name": "small",
    "inputs": {"image": [4, 4, 3]},
    "layers": [
        {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3},
        {"name": "norm", "layer_type": "BatchNormalization"},
        {"layer_type": "Flatten"},
        {"name": "wide", "layer_type": "Dense", "units": 20, "activation": "tanh"},
        {"name": "fc", "layer_type": "Dense", "units": 3},
    ],
}


def trained(**settings: int) -> list[dict[str, Any]]:
    """The weights after each of five steps of every optimiser."""
    from archspec_tensorflow import training

    graph = archspec.load(DOCUMENT).graph
    backend, weights, inputs = find_backend("tensorflow"), randomised(graph), random_inputs(graph, batch=4)
    model = backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
    coefficients = {"fc": np.full((4, 3), 0.5)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setattr(training, name, value)
        runs = [islice(backend.train(graph, model, weights, inputs, coefficients, each), 5) for each in OPTIMISERS]
        return [dict(step.weights) for run in runs for step in run]


@pytest.mark.slow
def test_traced_or_not_by_itself_or_in_a_vector() -> None:
    usual = trained()
    assert len(usual) == 20
    assert not np.array_equal(usual[4]["fc:kernel"], usual[9]["fc:kernel"])
    for other in (trained(EAGER=99), trained(EAGER=0), trained(SMALL=0), trained(SMALL=300)):
        for before, after in zip(usual, other, strict=True):
            assert before.keys() == after.keys()
            for name, array in before.items():
                assert np.abs(array - after[name]).max() <= 1e-15 * np.abs(array).max(), name
