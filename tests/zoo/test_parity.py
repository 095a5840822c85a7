"""A network of each family is the same function in both precisions; weights come back from models as they went in.

In float64 every network is held against a third party's: tests/peers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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

pytest.importorskip("torch")
pytest.importorskip("keras")


def image(size: int, **params: Any) -> dict[str, Any]:
    """Options for an input of this height and width."""
    return {"inputs": {"": (size, size, 3)}, "params": params}


NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "alexnet_paper": image(67),
    "alexnet_fc2048": image(67),
    "cnn_mnist": {},
    "convnext_tiny": image(32),
    "densenet121": image(64, depths=[1, 3, 2, 2]),
    "densenet121_keras_reduced": image(64, depths=[1, 3, 2, 2]),
    "densenet121_narrow": {"params": {"depths": [1, 1, 1, 1]}},
    "densenet_bc_100_12": {"params": {"depth": 22}},
    "efficientnet_b0": image(64),
    "efficientnet_lite0": image(64),
    "efficientnet_v2_s": image(32),
    "googlenet": image(64),
    "inception_resnet_v1": image(75),
    "inception_v2": image(64),
    "inception_v3_no_aux": image(75),
    "inception_v4": image(75),
    "layer_configs_densenet": {},
    "layer_configs_inception": {},
    "layer_configs_resnet": {},
    "layer_configs_vgg": {},
    "layer_configs_xception": {},
    "lenet5": {},
    "mnasnet0_5": image(64),
    "mobilenet_v1_x0_25": image(64),
    "mobilenet_v2": image(64),
    "mobilenet_v3_small": image(64),
    "mtcnn_onet": {},
    "nasnet_mobile": {"params": {"size": 32, "depth": 2, "filters": 4}},
    "regnet_y_400mf": image(64),
    "resnet50": image(64),
    "resnet101_unstrided": image(64, depths=[1, 2, 1, 1]),
    "resnet20_cifar": {},
    "resnet20_v1": {},
    "resnet18_flattened": image(67),
    "resnet50_v2": image(64),
    "shufflenet_v2_x0_5": image(64),
    "squeezenet1_1": image(64),
    "vgg11_bn": image(32),
    "vgg16_no_dropout": image(32),
    "xception": image(71),
    "y_network": {},
    "zfnet": image(64),
}
"""How each is loaded: small, and not deeper than it takes to have all of its layers."""

TOO_LARGE = {"resnet50_conv_relu_bn", "unet"}
"""Families that take no small image: 16 samples of theirs are too much to judge float32 by."""

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
    assert families - held == TOO_LARGE


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
