"""The VGG-16 of three tutorials, built by hand in the framework that each is written in."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from archspec import load
from tests.marks import rows_but
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import Layers, build_twin, without_values

STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def vgg16_3x2(layers: Layers, x: Any) -> Any:
    for stage, widths in enumerate(STAGES):
        for index, filters in enumerate(widths):
            kernel_size = (3, 2) if (stage, index) == (1, 0) else 3
            x = layers.Conv2D(filters, kernel_size, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(4096, activation="relu")(x))
    return layers.Dense(1000, activation="softmax")(x)


def vgg_c_same_pools(layers: Layers, x: Any) -> Any:
    for widths in STAGES:
        for filters, kernel_size in zip(widths, (3, 3, 1), strict=False):
            x = layers.Conv2D(filters, kernel_size, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(padding="same")(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(4096, activation="relu")(x)
    return layers.Dense(1000)(x)


assert_same = partial(torchvision_peer.assert_same, against="built by hand in PyTorch")


def vgg16_no_dropout(features: int) -> nn.Module:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    channels = 3
    for name, widths in zip(("1_2", "3_4", "5_7", "8_10", "11_13"), STAGES, strict=True):
        stage: list[nn.Module] = []
        for filters in widths:
            stage += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        parts[f"layer{name}"] = nn.Sequential(*stage, nn.MaxPool2d(2))
    parts["flatten"] = nn.Flatten()
    parts["layer14"] = nn.Sequential(nn.Linear(features, 4096), nn.ReLU())
    parts["layer15"] = nn.Sequential(nn.Linear(4096, 4096), nn.ReLU())
    parts["layer16"] = nn.Linear(4096, 10)
    return nn.Sequential(parts).double().eval()


@pytest.mark.parametrize("build", rows_but((), [vgg_c_same_pools], [vgg16_3x2, vgg_c_same_pools]))
def test_is_the_keras_network(build: Any) -> None:
    network = load(build.__name__, inputs={"image": (33, 33, 3)})
    keras_peer.assert_same(network, build_twin(network, build))


@pytest.mark.parametrize(("build", "parameters"), [(vgg16_3x2, 138_332_968), (vgg_c_same_pools, 165_096_232)])
def test_has_the_weights_of_the_keras_network(build: Any, parameters: int) -> None:
    network = load(build.__name__)
    assert network.parameters() == (parameters, parameters)
    with without_values():
        twin = build_twin(network, build)
    keras_peer.assert_variant(network, twin)


@pytest.mark.slow
def test_is_the_pytorch_network() -> None:
    network = load("vgg16_no_dropout", inputs={"image": (32, 32, 3)})
    assert_same(network, vgg16_no_dropout(512))


def test_has_the_layers_of_the_pytorch_network() -> None:
    network = load("vgg16_no_dropout")
    assert network.parameters().trainable == 134_301_514
    with torch.device("meta"):
        peer = vgg16_no_dropout(25088)
    torchvision_peer.assert_variant(network, peer, assert_same)
