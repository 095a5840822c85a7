"""Networks whose third party's twin needs a large image are also the same function at a small one, in float32 too.

The others are held against each other in both precisions where they are held against the third party's: tests/peers.
"""

from __future__ import annotations

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.comparison import LEAST_SAMPLES, compare, random_inputs
from archspec.weights import randomised
from tests.marks import slow_but
from tests.peers.built import count

pytest.importorskip("torch")
pytest.importorskip("keras")

SIZES = {
    "alexnet": 63,
    "alexnet_keras": 67,
    "alexnet_paper": 67,
    "googlenet": 64,
    "googlenet_paper_aux": 96,
    "inception_resnet_v1": 75,
    "inception_v2": 64,
    "resnet101_unstrided": 64,
    "densenet121_narrow": 227,
    "zfnet": 64,
    "vgg11": 32,
    "vgg13": 32,
    "vgg16": 32,
    "vgg19": 32,
    "vgg11_bn": 32,
    "vgg13_bn": 32,
    "vgg16_bn": 32,
    "vgg19_bn": 32,
}
"""The height and width of the input."""

QUICK = {"alexnet_paper"}


@pytest.mark.parametrize("name", slow_but(QUICK, SIZES))
def test_same_function(name: str) -> None:
    network = archspec.load(name, inputs={"": (SIZES[name], SIZES[name], 3)})
    backends = [find_backend("torch"), find_backend("tensorflow")]
    inputs = random_inputs(network.graph, batch=LEAST_SAMPLES)
    report = compare(network.graph, backends, randomised(network.graph), inputs)
    assert [output.name for output in report.outputs] == list(network.outputs)
    assert report.passed, report.outputs


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize(
    "name", slow_but(["lenet", "resnet18"], ["lenet", "alexnet_paper", "googlenet", "resnet18", "densenet121_keras"])
)
def test_weights_come_back_bit_for_bit(name: str, backend: str) -> None:
    size = SIZES.get(name, 64)
    network = archspec.load(name, inputs=None if name == "lenet" else {"": (size, size, 3)})
    weights = network.weights(seed=3)
    model = network.compile(backend, weights=weights, device="cpu")
    found = archspec.read_weights(network, model)
    assert list(found) == list(weights)
    assert all(np.array_equal(found[key], weights[key]) for key in weights)
    assert count[backend](model) == network.parameters()
