"""The order of a network's layers is Keras's own: `model.layers` of the models that archspec writes, and of others."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import archspec
from archspec import zoo
from archspec.backend import find_backend
from archspec_tensorflow import runtime
from archspec_tensorflow.emit import layer_name
from archspec_tensorflow.listing import listings
from tests.marks import rows_but
from tests.valueless import valueless
from tests.zoo.listed import is_listed

QUICK = ("googlenet", "mobilenet_v3_small", "mtcnn_onet", "resnet18", "xception_keras", "y_network")
FILES = Counter(network.path for network in zoo.networks())
FEW = {network.name for network in zoo.networks() if FILES[network.path] == 1}
FEW |= {"alexnet", "efficientnet_b0_keras", "nasnet_mobile", "squeezenet1_1"}
"""The networks without a family, and some of the families that tests/zoo/test_families.py does not look at in Keras."""

CONVOLUTION: dict[str, Any] = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1}


def orders(network: archspec.Network) -> list[list[str]]:
    """The names of the layers with weights, for each way to write the network."""
    return [[layer_name(owner) for layer in listing for owner in layer.owners] for listing in listings(network.graph)]


def built(network: archspec.Network) -> Any:
    """The Keras model that archspec writes, whose weights have no values."""
    backend = find_backend("tensorflow")
    with valueless():
        return runtime.load(network.graph, backend.emit(network.graph), backend.entry_point(network.graph))


@pytest.mark.parametrize("name", rows_but(QUICK, FEW, archspec.list_networks()))
def test_the_order_of_the_zoos_networks_in_keras(name: str) -> None:
    network = archspec.load(name)
    assert is_listed(network.graph, built(network))


def network(*layers: dict[str, Any], outputs: dict[str, str] | None = None) -> archspec.Network:
    said = {"archspec": 1, "name": "small", "inputs": {"image": [8, 8, 4]}, "layers": list(layers)}
    return archspec.load({**said, **({"outputs": outputs} if outputs else {})})


def test_a_merge_whose_inputs_are_exchanged_lists_its_branches_in_another_order() -> None:
    both = [{"name": name, **CONVOLUTION, "inputs": "image"} for name in ("left", "right")]
    there = network(*both, {"name": "sum", "layer_type": "Add", "inputs": ["left", "right"]})
    back = network(*both, {"name": "sum", "layer_type": "Add", "inputs": ["right", "left"]})
    assert orders(there)[0] == ["left", "right"]
    assert orders(back)[0] == ["right", "left"]


def test_a_longer_branch_comes_first() -> None:
    found = network(
        {"name": "short", **CONVOLUTION, "inputs": "image"},
        {"name": "long1", **CONVOLUTION, "inputs": "image"},
        {"name": "long2", **CONVOLUTION},
        {"layer_type": "Add", "inputs": ["short", "long2"]},
    )
    assert orders(found)[0] == ["long1", "short", "long2"]


def test_a_shared_layer_comes_where_it_is_applied_first() -> None:
    found = network(
        {"name": "first", **CONVOLUTION},
        {"name": "second", **CONVOLUTION},
        {"layer_type": "Reuse", "layer": "first"},
        {"name": "last", **CONVOLUTION},
    )
    model = built(found)
    assert orders(found)[0] == [layer.name for layer in model.layers if layer.weights] == ["first", "second", "last"]


def test_a_separable_convolution_is_one_layer_or_two() -> None:
    found = network({"name": "sep", "layer_type": "SeparableConv2D", "filters": 3, "kernel_size": 3})
    ways = {tuple(layer for layer in listing if layer.owners) for listing in listings(found.graph)}
    assert ways == {
        (("SeparableConv2D", ("sep.depthwise", "sep.pointwise")),),
        (("DepthwiseConv2D", ("sep.depthwise",)), ("Conv2D", ("sep.pointwise",))),
    }


@pytest.mark.parametrize("between", [{"use_bias": True}, {"activation": "relu"}])
def test_what_stands_between_two_convolutions_keeps_them_apart(between: dict[str, Any]) -> None:
    found = network(
        {"name": "dw", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "use_bias": False, **between},
        {"name": "pw", **CONVOLUTION},
    )
    assert {len([layer for layer in listing if layer.owners]) for listing in listings(found.graph)} == {2}


def test_layers_that_are_applied_together_again_have_no_known_order() -> None:
    found = network(
        {
            "name": "pair",
            "layer_type": "Sequential",
            "layers": [{"name": "a", **CONVOLUTION}, {"name": "b", **CONVOLUTION}],
        },
        {"layer_type": "Reuse", "layer": "pair"},
    )
    assert orders(found) == []


def test_a_named_group_is_one_layer_in_the_order_or_several() -> None:
    layers = [{"name": "a", **CONVOLUTION}, {"name": "b", **CONVOLUTION}]
    found = network(
        {"name": "side", **CONVOLUTION, "inputs": "image"},
        {"name": "pair", "inputs": "image", "layers": layers},
        {"layer_type": "Add", "inputs": ["side", "pair"]},
    )
    ways = {tuple((layer.kind, *layer.owners) for layer in listing) for listing in listings(found.graph)}
    image, add = ("InputLayer",), ("Add",)
    assert ways == {
        (image, ("Conv2D", "pair.a"), ("Conv2D", "side"), ("Conv2D", "pair.b"), add),
        (
            image,
            ("Conv2D", "side"),
            ("Sequential",),
            ("Sequential/Conv2D", "pair.a"),
            ("Sequential/Conv2D", "pair.b"),
            add,
        ),
    }
