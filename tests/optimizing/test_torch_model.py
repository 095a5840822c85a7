"""A PyTorch model of an optimised network is an ordinary one: it trains, and it is exported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import archspec
from archspec.backend import find_backend
from archspec.weights import randomised
from tests.zoo.small import NETWORKS

torch = pytest.importorskip("torch")


def optimized(name: str) -> archspec.Optimized:
    network = archspec.load(name, **NETWORKS[name])
    return network.optimize(randomised(network.graph, 3))


def images(network: archspec.Network) -> Any:
    (kind,) = network.inputs.values()
    height, width, channels = kind.shape
    return torch.randn(2, channels, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ["resnet20_cifar", pytest.param("mobilenet_v3_small", marks=pytest.mark.slow)])
def test_layers_that_overwrite_their_input_change_no_gradient(name: str) -> None:
    found = optimized(name)
    graph, backend = found.network.graph, find_backend("torch")
    gradients = []
    for each in (graph, replace(graph, for_inference=False)):
        model = backend.load(each, backend.emit(each), found.weights, dtype="float64", device="cpu")
        model.train()(images(found.network)).square().sum().backward()
        gradients.append({key: weight.grad for key, weight in model.named_parameters()})
    fast, plain = gradients
    assert ".add_(" in backend.emit(graph)
    assert fast.keys() == plain.keys()
    assert all(torch.allclose(fast[key], plain[key], rtol=1e-9, atol=1e-12) for key in fast)


def test_it_is_exported() -> None:
    found = optimized("resnet20_cifar")
    model, inputs = found.compile("torch", dtype="float64", device="cpu"), (images(found.network),)
    exported = torch.export.export(model, inputs).module()
    assert torch.allclose(exported(*inputs), model(*inputs), rtol=1e-12)


def test_weights_and_images_are_channels_last_in_memory() -> None:
    found = optimized("resnet20_cifar")
    model = found.compile("torch", device="cpu")
    kernels = [weight for weight in model.parameters() if weight.dim() == 4]
    assert kernels
    assert all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)
