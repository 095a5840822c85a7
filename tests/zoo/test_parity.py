"""Every network of the zoo is the same function in both frameworks, at the smallest input that it allows.

One test a network builds each backend's model twice, in float64 and in float32, and looks at everything there is to see
in them: the outputs, the numbers of parameters, and the weights that come back.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend
from archspec.comparison import LEAST_SAMPLES, compare, random_inputs
from archspec.weights import randomised

pytest.importorskip("torch")
pytest.importorskip("keras")

SIZES = {
    "lenet*": None,
    "cnn_mnist": None,
    "y_network": None,
    "layer_configs_*": None,
    "alexnet": 63,
    "alexnet_*": 67,
    "googlenet_paper_aux": 96,
    "densenet121_keras*": 64,
    "resnet50_conv_relu_bn": 224,
    "*": 64,
}
"""The height and width of the input, by the first pattern that fits; None is the network's own."""

QUICK = {
    *("lenet", "lenet5", "cnn_mnist", "y_network", "layer_configs_inception", "alexnet_paper", "vgg11_bn", "vgg_a_lrn"),
    *("googlenet", "resnet18", "densenet121"),
}
"""A network of every family; the others are run with --full."""


def _size(name: str) -> int | None:
    return next(size for pattern, size in SIZES.items() if fnmatchcase(name, pattern))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in archspec.list_networks()]
)
def test_same_function(name: str) -> None:
    size = _size(name)
    channels = next(iter(archspec.load(name).inputs.values())).shape[-1]
    network = archspec.load(name, inputs={"": (size, size, channels)} if size else None)
    backends = [find_backend("torch"), find_backend("tensorflow")]
    weights = randomised(network.graph)
    report = compare(network.graph, backends, weights, random_inputs(network.graph, batch=LEAST_SAMPLES))
    assert [output.name for output in report.outputs] == list(network.outputs)
    assert report.passed, report.outputs


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("name", ["lenet", "alexnet_paper", "googlenet", "resnet18", "densenet121_keras"])
def test_weights_come_back_bit_for_bit(name: str, backend: str) -> None:
    size = _size(name)
    network = archspec.load(name, inputs={"": (size, size, 3)} if size else None)
    weights = network.weights(seed=3)
    model = network.compile(backend, weights=weights, device="cpu")
    found = archspec.read_weights(network, model)
    assert list(found) == list(weights)
    assert all(np.array_equal(found[key], weights[key]) for key in weights)
    assert _parameters(model, backend) == network.parameters()


def _parameters(model: object, backend: str) -> tuple[int, int]:
    """(total, trainable) as the framework counts; PyTorch's counters of batches are no weights."""
    if backend == "tensorflow":
        return model.count_params(), sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    statistics = sum(b.numel() for name, b in model.named_buffers() if not name.endswith("num_batches_tracked"))
    return trainable + statistics, trainable
