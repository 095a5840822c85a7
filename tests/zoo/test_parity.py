"""A network of each family is the same function in both precisions; weights come back from models as they went in.

In float64 every network is held against a third party's: tests/peers.
"""

from __future__ import annotations

import numpy as np
import pytest

import archspec
from archspec import zoo
from archspec.backend import find_backend
from archspec.comparison import compare, enough_samples, random_inputs
from archspec.weights import randomised
from tests.marks import slow_but
from tests.peers.built import count
from tests.peers.compiled_once import grouped_convolutions
from tests.zoo.small import NETWORKS, TOO_LARGE, image

pytest.importorskip("torch")
pytest.importorskip("keras")


QUICK = {"lenet5"}


@pytest.mark.parametrize("name", slow_but(QUICK, NETWORKS))
def test_same_function(name: str) -> None:
    network = archspec.load(name, **NETWORKS[name])
    backends = [find_backend("torch"), find_backend("tensorflow")]
    inputs = random_inputs(network.graph, batch=enough_samples(network.graph))
    with grouped_convolutions():
        report = compare(network.graph, backends, randomised(network.graph), inputs)
    assert [output.name for output in report.outputs] == list(network.outputs)
    assert report.passed, report.outputs


def test_every_family_has_one() -> None:
    families = {network.path.stem for network in zoo.networks()}
    held = {network.path.stem for network in zoo.networks() if network.name in NETWORKS}
    assert families - held == set(TOO_LARGE)


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(
    "name", slow_but(["lenet", "resnet18"], ["lenet", "alexnet_paper", "googlenet", "resnet18", "densenet121_keras"])
)
def test_weights_come_back_bit_for_bit(name: str, backend: str) -> None:
    network = archspec.load(name, **({} if name == "lenet" else image(67 if name == "alexnet_paper" else 64)))
    weights = network.weights(seed=3)
    model = network.compile(backend, weights=weights, device="cpu")
    found = archspec.read_weights(network, model)
    assert list(found) == list(weights)
    assert all(np.array_equal(found[key], weights[key]) for key in weights)
    assert count[backend](model) == network.parameters()
