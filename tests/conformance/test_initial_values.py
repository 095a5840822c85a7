"""Emitted source that is run without weights begins as the spec says: its values' distributions, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.layers.initializers import INITIALIZERS
from archspec.weights import canonical_name
from tests.conformance.initial_values import check_all, made_by_keras, made_by_torch
from tests.conformance.reference import Array
from tests.marks import rows_but, slow_but
from tests.zoo import small

Maker = Callable[[archspec.Network], dict[str, Array]]

MAKERS = pytest.mark.parametrize("make", [made_by_torch, made_by_keras])


First = str | float | dict[str, Any]

WITH_PARAMETERS: list[First] = [
    *(
        {"initializer": "variance_scaling", "scale": scale, "mode": mode, "distribution": distribution}
        for scale, mode in ((2.0, "fan_out"), (1 / 3, "fan_out"), (0.5, "fan_in"), (1.0, "fan_avg"), (3.0, "fan_avg"))
        for distribution in ("uniform", "truncated_normal", "untruncated_normal")
    ),
    {"initializer": "variance_scaling", "distribution": "untruncated_normal"},
    {"initializer": "random_normal", "mean": 0.5, "stddev": 0.01},
    {"initializer": "truncated_normal", "mean": -1.0, "stddev": 0.2},
    {"initializer": "random_uniform", "minval": 0.5, "maxval": 2.0},
    {"initializer": "orthogonal", "gain": 0.5},
]
"""Initializers that no name says."""


def _layers(first: First) -> list[dict[str, Any]]:
    """Every kind of weight that has an initializer, each with this one."""
    is_orthogonal = first == "orthogonal" or (isinstance(first, dict) and first["initializer"] == "orthogonal")
    bias = "zeros" if is_orthogonal else first
    vector = "zeros" if first == "torch_default" else bias
    kernel = {"kernel_initializer": first, "bias_initializer": bias}
    depthwise = {"depthwise_initializer": first, "bias_initializer": bias}
    scale = {"gamma_initializer": vector, "beta_initializer": vector}
    conv = {"layer_type": "Conv2D", **kernel}
    up = {"layer_type": "Conv2DTranspose", **kernel}
    return [
        {**conv, "name": "conv", "filters": 48, "kernel_size": 3, "input_shape": [14, 10, 12]},
        {"layer_type": "PReLU", "name": "slopes", "alpha_initializer": vector, "shared_axes": [1, 2]},
        {"layer_type": "PReLU", "name": "all_slopes", "alpha_initializer": vector},
        {**conv, "name": "grouped", "filters": 96, "kernel_size": 3, "groups": 4, "padding": "same"},
        {"layer_type": "BatchNormalization", "name": "bn", **scale},
        {**conv, "name": "lopsided", "filters": 32, "kernel_size": [2, 5], "padding": "same"},
        {"layer_type": "LayerNormalization", "name": "ln", **scale},
        {"layer_type": "LayerNormalization", "name": "bare_ln", "scale": False, "center": False},
        {"layer_type": "DepthwiseConv2D", "name": "depthwise", "kernel_size": 5, "padding": "same", **depthwise},
        {"layer_type": "Scale", "name": "scale", **scale},
        {"layer_type": "DepthwiseConv2D", "name": "twice", "kernel_size": 5, "depth_multiplier": 2, **depthwise},
        {"layer_type": "SeparableConv2D", "name": "separable", "filters": 40, "kernel_size": 3, **depthwise}
        | {"pointwise_initializer": first},
        {"layer_type": "LayerScale", "name": "layer_scale"},
        {**up, "name": "up", "filters": 20, "kernel_size": 4, "strides": 2},
        {**up, "name": "cropped", "filters": 24, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"layer_type": "Dense", "name": "of_channels", "units": 64, **kernel},
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "PReLU", "name": "of_features", "alpha_initializer": vector},
        {"layer_type": "Dense", "name": "fc", "units": 100, **kernel},
    ]


@MAKERS
@pytest.mark.parametrize(
    "first",
    slow_but(["he_normal", "orthogonal", "torch_default", 0.25], [*INITIALIZERS, 0.25]),
)
def test_every_kind_of_weight_begins_as_the_initializer_says(first: str | float, make: Maker) -> None:
    network = archspec.load({"archspec": 1, "name": "every_kind", "layers": _layers(first)})
    check_all(network, make(network))


@MAKERS
@pytest.mark.parametrize("first", slow_but(WITH_PARAMETERS[:1], WITH_PARAMETERS), ids=str)
def test_every_kind_of_weight_begins_as_the_parameters_say(first: First, make: Maker) -> None:
    network = archspec.load({"archspec": 1, "name": "every_kind", "layers": _layers(first)})
    check_all(network, make(network))


@MAKERS
def test_initializers_may_differ_from_layer_to_layer(make: Maker) -> None:
    """Each kind of weight with each initializer: most are not what most layers of their class have."""
    layers: list[dict[str, Any]] = []
    for first in ["he_normal", *INITIALIZERS, 0.25, *WITH_PARAMETERS]:
        own = _layers(first)
        # Small enough to be pooled again and again.
        block = [{**layer, "name": str(layer.get("name", "pool"))} for layer in (own[0], own[1], own[4], own[7])]
        block[0] = {key: value for key, value in block[0].items() if key != "input_shape"} | {"padding": "same"}
        layers += [{"layer_type": "Sequential", "name": f"of_{len(layers)}", "layers": block}]
    document = {
        "archspec": 1,
        "name": "mixed",
        "inputs": {"image": [6, 6, 12]},
        "layers": [*layers, _layers("he_uniform")[-1]],
    }
    network = archspec.load(document)
    check_all(network, make(network))


BLOCKS = {
    "archspec": 1,
    "name": "blocks",
    "params": {"last": "ones", "head": "random_normal"},
    "inputs": {"image": [8, 8, 16]},
    "blocks": {
        "Block": {
            "layers": [
                {
                    "layer_type": "Residual",
                    "layers": [
                        {"layer_type": "Conv2D", "name": "conv1", "filters": 16, "kernel_size": 3, "padding": 1}
                        | {"use_bias": False, "kernel_initializer": "he_normal"},
                        {"layer_type": "BatchNormalization", "name": "bn1"},
                        {"layer_type": "ReLU"},
                        {"layer_type": "Conv2D", "name": "conv2", "filters": 16, "kernel_size": 3, "padding": 1},
                        {"layer_type": "BatchNormalization", "name": "bn2", "gamma_initializer": "$last"},
                    ],
                }
            ]
        }
    },
    "layers": [
        {"layer_type": "Block", "name": "blocks", "repeat": 4},
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "Dense", "name": "fc", "units": 10, "kernel_initializer": "$head", "bias_initializer": -4.6},
    ],
}
"""A network as they are written: the blocks' last normalisation begins as 0, the head in its own way."""


@MAKERS
def test_what_differs_in_every_block_and_in_the_head(make: Maker) -> None:
    network = archspec.load(BLOCKS, params={"last": "zeros"})
    check_all(network, make(network))


def test_what_differs_is_said_by_name() -> None:
    source = archspec.load(BLOCKS, params={"last": "zeros"}).emit("torch")
    expected = """
def initialize(model: nn.Module) -> None:
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            if name.endswith("conv2"):
                nn.init.xavier_uniform_(module.weight)
            else:
                he_normal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            if name.endswith("bn2"):
                nn.init.zeros_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.05)
            nn.init.constant_(module.bias, -4.6)
"""
    assert expected in source


def test_nothing_is_said_where_pytorch_begins_so_itself() -> None:
    layers = [{"layer_type": "BatchNormalization", "input_shape": [4, 4, 3]}, {"layer_type": "PReLU"}]
    assert "initialize" not in archspec.load(layers).emit("torch")


@MAKERS
@pytest.mark.parametrize("name", ["mobilenet_v1_x0_25"])
def test_networks_begin_as_their_specs_say(name: str, make: Maker) -> None:
    network = archspec.load(name)
    check_all(network, make(network))


FEW = (
    *("alexnet_fc2048", "alexnet_paper", "convnext_tiny", "convnext_tiny_keras", "densenet121"),
    *("densenet121_caffe_reduced", "densenet121_narrow", "densenet_bc_100_12", "efficientnet_b0"),
    *("efficientnet_b0_keras", "efficientnet_lite0", "googlenet", "inception_v3_no_aux", "layer_configs_xception"),
    *("mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "mtcnn_onet", "nasnet_mobile", "regnet_y_400mf"),
    *("resnet50", "shufflenet_v2_x0_5", "squeezenet1_1"),
)
"""They have all kinds of weights of the families, by layer type, slot and initializer."""


@pytest.mark.parametrize("name", rows_but((), FEW, small.NETWORKS))
def test_a_network_of_each_family_begins_as_its_spec_says(name: str) -> None:
    network = archspec.load(name, **small.NETWORKS[name])
    check_all(network, made_by_torch(network))


def test_building_with_weights_draws_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given weights replace all others: random numbers would only take time."""
    import torch

    network = archspec.load("lenet5")
    torch.manual_seed(0)
    before = torch.get_rng_state()
    model = network.compile("torch", weights=network.weights(3))
    assert torch.equal(torch.get_rng_state(), before)
    read = archspec.read_weights(network, model)
    for node, weight in network.graph.owned_weights():
        name = canonical_name(node, weight)
        assert np.array_equal(read[name], network.weights(3)[name])
