"""Optimised networks of the zoo compute the same as the networks that they come from."""

from __future__ import annotations

import pytest

import archspec
from tests.marks import rows_but
from tests.optimizing.agreement import SAME, difference
from tests.zoo.small import NETWORKS

pytest.importorskip("keras")
pytest.importorskip("torch")

QUICK = ("resnet50", "mobilenet_v3_small", "regnet_y_400mf")
"""Networks that are compared quickly, in PyTorch."""

FEW = ("convnext_tiny", "densenet121", "googlenet", "mobilenet_v3_small", "resnet50_v2", "shufflenet_v2_x0_5")
"""Networks that are compared in Keras without `--tables`: building its models is the largest cost."""


@pytest.mark.parametrize("name", rows_but(QUICK, NETWORKS, NETWORKS))
def test_optimized_torch_computes_the_same(name: str) -> None:
    assert difference(archspec.load(name, **NETWORKS[name]), "torch") < SAME


@pytest.mark.parametrize("name", rows_but(["resnet20_cifar"], FEW, NETWORKS))
def test_optimized_keras_computes_the_same(name: str) -> None:
    assert difference(archspec.load(name, **NETWORKS[name]), "tensorflow") < SAME
