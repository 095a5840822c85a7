"""The source of an optimised network in Keras has a function for inference with constant weights."""

from __future__ import annotations

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.backend.execution import execute
from archspec.weights import randomised

pytest.importorskip("keras")

SPEC = {
    "archspec": 1,
    "name": "both",
    "inputs": {"image": [6, 6, 2], "vector": [3]},
    "layers": [
        {"name": "conv", "layer_type": "Conv2D", "filters": 3, "kernel_size": 3, "inputs": "image"},
        {"name": "bn", "layer_type": "BatchNormalization", "activation": "relu"},
        {"name": "mean", "layer_type": "GlobalAveragePooling2D"},
        {"name": "sum", "layer_type": "Add", "inputs": ["mean", "vector"]},
    ],
    "outputs": {"sum": "sum", "map": "bn"},
}


def test_a_frozen_network_computes_the_same_and_reads_no_variable() -> None:
    network = archspec.load(SPEC)
    found = network.optimize(randomised(network.graph, 3))
    model = found.compile("tensorflow", dtype="float64", device="cpu")
    infer = execute(found.network.emit("tensorflow"), "both").frozen(model)
    inputs = [np.random.default_rng(1).normal(size=(2, *kind.shape)) for kind in network.inputs.values()]
    outputs, expected = infer(inputs), model(inputs, training=False)
    assert outputs.keys() == expected.keys() == {"sum", "map"}
    assert all(np.allclose(outputs[name], expected[name], rtol=1e-12) for name in outputs)
    assert infer.get_concrete_function(inputs).variables == ()
    assert model.variables


def test_only_optimised_source_has_it() -> None:
    network, backend = archspec.load(SPEC), find_backend("tensorflow")
    assert "frozen" not in network.emit("tensorflow")
    assert "infer = frozen(model)" in backend.emit(network.optimize().network.graph)
