"""Networks of the zoo train alike in both frameworks, with five steps of each of four optimisers."""

from __future__ import annotations

import pytest

import archspec
from tests.marks import slow_but

pytest.importorskip("torch")
pytest.importorskip("keras")

SIZES = {
    "lenet5": None,
    "cnn_mnist": None,
    "y_network": None,
    "resnet20_cifar": None,
    "resnet18": 32,
    "mobilenet_v3_small": 64,
}
"""The height and width of the input, or None for the spec's own."""

QUICK = {"lenet5"}


@pytest.mark.parametrize("name", slow_but(QUICK, SIZES))
def test_trains_alike(name: str) -> None:
    size = SIZES[name]
    network = archspec.load(name, inputs={"": (size, size, 3)} if size else None)
    report = archspec.training_parity(network)
    assert report.passed, report
    assert report.largest < 1e-12
    assert all(each.weights for each in report.optimisers)
