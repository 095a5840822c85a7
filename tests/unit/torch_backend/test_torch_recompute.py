"""Backward computes the inner values of blocks again, and nothing else changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import archspec
from archspec.errors import ArchspecError, EmitError
from archspec.network import Network
from tests.marks import one_a_family, slow_but
from tests.zoo.smallest import smallest

torch = pytest.importorskip("torch")

Tensors = list[Any]

PREACTIVATED: dict[str, Any] = {
    "archspec": 1,
    "name": "preactivated",
    "inputs": {"image": [6, 6, 3]},
    "blocks": {
        "Unit": {
            "layers": [
                {"layer_type": "LeakyReLU"},
                {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"},
                {"name": "norm", "layer_type": "BatchNormalization", "momentum": 0.7},
                {"layer_type": "ReLU"},
                {"layer_type": "Dropout", "rate": 0.4},
            ]
        }
    },
    "layers": [
        {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
        {"layer_type": "Unit", "repeat": 3},
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "Dense", "units": 2},
    ],
}
"""The first layer of its blocks could overwrite the input, if the block did not read it again."""


def _step(model: Any, images: Any) -> tuple[Tensors, Tensors, Tensors]:
    """The outputs, the gradients and the statistics after a step."""
    torch.manual_seed(3)
    outputs = model.train()(images.clone())
    each = [*outputs.values()] if isinstance(outputs, dict) else [outputs]
    sum(output.square().sum() for output in each).backward()
    gradients = [value.grad for value in model.parameters() if value.grad is not None]
    return each, gradients, [value.clone() for value in model.buffers()]


def _models(network: Network) -> tuple[Any, Any, Any]:
    """The network as it is and with recomputation, with the same weights, and two samples."""
    weights = network.weights(0)
    plain, again = (
        each.compile("torch", weights=weights, dtype="float64", device="cpu") for each in (network, network.recompute())
    )
    (kind,) = network.inputs.values()
    *axes, channels = kind.axes
    generator = torch.Generator().manual_seed(0)
    return plain, again, torch.rand(2, channels, *axes, generator=generator, dtype=torch.float64)


def _same(left: tuple[Tensors, ...], right: tuple[Tensors, ...]) -> bool:
    pairs = [zip(mine, others, strict=True) for mine, others in zip(left, right, strict=True)]
    return all(torch.equal(mine, other) for pair in pairs for mine, other in pair)


def test_outputs_gradients_and_statistics_are_the_same_with_dropout_and_a_layer_that_would_overwrite_its_input() -> (
    None
):
    plain, again, images = _models(archspec.load(PREACTIVATED))
    assert _same(_step(plain, images), _step(again, images))
    assert plain.state_dict().keys() == again.state_dict().keys()


def test_backward_really_computes_them_again() -> None:
    """The convolutions of three blocks run twice in a step, and once for each forward pass otherwise."""
    _, again, images = _models(archspec.load(PREACTIVATED))
    calls = []
    for module in again.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda *_: calls.append(1))
    _step(again, images)
    assert len(calls) == 1 + 2 * 3
    calls.clear()
    again(images)
    again.eval()(images)
    with torch.no_grad():
        again.train()(images)
    assert len(calls) == 3 * 4


@pytest.mark.slow
def test_a_compiled_network_moves_its_statistics_once_too() -> None:
    """Dropout draws other numbers in compiled code."""
    without = [
        {**layer, "rate": 0.0} if "rate" in layer else layer for layer in PREACTIVATED["blocks"]["Unit"]["layers"]
    ]
    network = archspec.load({**PREACTIVATED, "blocks": {"Unit": {"layers": without}}})
    plain, again, images = _models(network)
    pairs = zip(
        _step(plain, images), _step(torch.compile(again, backend="aot_eager", fullgraph=True), images), strict=True
    )
    assert all(torch.allclose(mine, other) for left, right in pairs for mine, other in zip(left, right, strict=True))


def test_a_copy_has_its_own_weights() -> None:
    _, again, images = _models(archspec.load(PREACTIVATED))
    other = copy.deepcopy(again)
    _step(other, images)
    assert all(value.grad is None for value in again.parameters())


def test_a_fault_in_the_block_leaves_its_statistics_moving() -> None:
    _, again, images = _models(archspec.load(PREACTIVATED))
    norms = [module for module in again.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    output = again.train()(images)
    handle = norms[0].register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        output.sum().backward()
    handle.remove()
    assert all(norm.momentum == norms[0].momentum != 0 for norm in norms)
    assert {int(norm.num_batches_tracked) for norm in norms} == {1}


@pytest.mark.parametrize("name", slow_but(["densenet121"], sorted(one_a_family())))
def test_a_network_of_each_family_trains_with_the_same_bits(name: str) -> None:
    network = smallest(name)
    if len(network.inputs) > 1:
        pytest.skip("has several inputs")
    try:
        network.recompute()
    except ArchspecError as reason:
        pytest.skip(str(reason))
    plain, again, images = _models(network)
    assert _same(_step(plain, images), _step(again, images))


def test_an_optimised_network_has_no_backward_pass() -> None:
    network = archspec.load(PREACTIVATED)
    assert not network.recompute().optimize().network.graph.recomputed
    with pytest.raises(ArchspecError, match="preactivated is optimised for inference, and only training has"):
        network.optimize().network.recompute()


def test_keras_source_cannot_have_it() -> None:
    with pytest.raises(EmitError, match="a Keras model cannot compute blocks again in its backward pass"):
        archspec.load(PREACTIVATED).recompute().emit("tensorflow")
