"""Weights come back from models as they went in."""

from __future__ import annotations

import numpy as np
import pytest

import archspec
from tests.marks import slow_but
from tests.peers.built import count
from tests.zoo.small import image

pytest.importorskip("torch")
pytest.importorskip("keras")


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("name", slow_but(["lenet"], ["lenet", "googlenet"]))
def test_weights_come_back_bit_for_bit(name: str, backend: str) -> None:
    network = archspec.load(name, **({} if name == "lenet" else image(64)))
    weights = network.weights(seed=3)
    model = network.compile(backend, weights=weights, device="cpu")
    found = archspec.read_weights(network, model)
    assert list(found) == list(weights)
    assert all(np.array_equal(found[key], weights[key]) for key in weights)
    assert count[backend](model) == network.parameters()
