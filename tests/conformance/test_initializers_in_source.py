"""What emitted source says of initializers with parameters, and what a model that it builds begins as."""

from __future__ import annotations

from typing import Any

import numpy as np

import archspec
from tests.conformance.initial_values import check_all, made_by_keras, made_by_torch

FAN_OUT = {"initializer": "variance_scaling", "scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"}

OF_TORCHVISION = {
    "archspec": 1,
    "name": "of_torchvision",
    "params": {"classes": 100},
    "inputs": {"image": [16, 16, 16]},
    "defaults": {
        "Conv2D": {"use_bias": False, "kernel_initializer": FAN_OUT},
        "DepthwiseConv2D": {"use_bias": False, "depthwise_initializer": {**FAN_OUT, "mode": "fan_in"}},
        "Dense": {"kernel_initializer": "torch_default", "bias_initializer": "torch_default"},
    },
    "layers": [
        {"layer_type": "Conv2D", "name": "conv", "filters": 32, "kernel_size": 3},
        {"layer_type": "DepthwiseConv2D", "name": "depthwise", "kernel_size": 3},
        {"layer_type": "Conv2D", "name": "grouped", "filters": 64, "kernel_size": 3, "groups": 4},
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "Dense", "name": "fc", "units": "$classes"},
    ],
}
"""PyTorch and Keras count a depthwise kernel's fans otherwise; all of it is one line of torchvision's."""


def test_pytorch_has_one_branch_for_all_convolutions_and_none_for_its_own_defaults() -> None:
    network = archspec.load(OF_TORCHVISION)
    expected = """
def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


"""
    assert expected in network.emit("torch")
    check_all(network, made_by_torch(network))


def test_keras_has_a_constant_for_what_several_layers_have() -> None:
    network = archspec.load(OF_TORCHVISION)
    source = network.emit("tensorflow")
    expected = """
KERNEL_INITIALIZER = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "untruncated_normal"},
}
"""
    assert expected in source
    assert source.count("kernel_initializer=KERNEL_INITIALIZER") == 2
    assert "depthwise_initializer=keras.initializers.VarianceScaling(" in source
    assert "scale=1 / 3" in source
    assert "bias_initializer=torch_bias(64)" in source
    check_all(network, made_by_keras(network))


def _blocks(**layer: Any) -> dict[str, Any]:
    conv = {"layer_type": "Conv2D", "name": "conv", "filters": "$filters", "kernel_size": 3, "padding": "same", **layer}
    return {
        "archspec": 1,
        "name": "blocks",
        "params": {"spread": 0.02},
        "inputs": {"image": [8, 8, 4]},
        "blocks": {"Block": {"params": {"filters": 16, "own": 0.1}, "layers": [conv]}},
        "layers": [
            {"layer_type": "Block", "name": "first"},
            {"layer_type": "Block", "name": "copies", "filters": 32, "own": "$spread", "repeat": 2},
        ],
    }


def test_parameters_that_a_blocks_params_give_are_arguments_in_keras() -> None:
    network = archspec.load(_blocks(kernel_initializer={"initializer": "random_normal", "stddev": "$own"}))
    source = network.emit("tensorflow")
    assert "kernel_initializer=keras.initializers.RandomNormal(stddev=own)" in source
    assert "def blocks(spread: float = 0.02) -> keras.Model:" in source
    check_all(network, made_by_keras(network))
    check_all(network, made_by_torch(network))


def test_pytorchs_own_biases_follow_the_channels_in_keras() -> None:
    network = archspec.load(_blocks(kernel_initializer="torch_default", bias_initializer="torch_default"))
    assert "bias_initializer=torch_bias(9 * in_channels)" in network.emit("tensorflow")
    assert "initialize" not in network.emit("torch")
    check_all(network, made_by_keras(network))
    check_all(network, made_by_torch(network))


def test_layers_of_keras_never_share_an_object() -> None:
    """Keras would draw its numbers again; the block's argument is a description, of which each layer makes its own."""
    conv = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "kernel_initializer": "$begins"}
    document = {
        "archspec": 1,
        "name": "blocks",
        "inputs": {"image": [8, 8, 4]},
        "blocks": {
            "Block": {
                "params": {"begins": "he_normal"},
                "layers": [{**conv, "name": "conv1"}, {**conv, "name": "conv2"}],
            }
        },
        "layers": [
            {"layer_type": "Block", "name": "first"},
            {"layer_type": "Block", "name": "second", "begins": {"initializer": "random_normal", "stddev": 0.5}},
        ],
    }
    network = archspec.load(document)
    assert 'x = block(x, INITIALIZER, name="second")' in network.emit("tensorflow")
    weights = made_by_keras(network)
    check_all(network, weights)
    assert not np.array_equal(weights["second.conv1:kernel"], weights["second.conv2:kernel"])
