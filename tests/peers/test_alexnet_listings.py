"""The AlexNets of tutorials: the PyTorch one built by hand in PyTorch, the TensorFlow one in Keras."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import Layers, build_twin, without_values

SMALL = {"image": (67, 67, 3)}


def alexnet_no_relu(features: int) -> nn.Module:
    from collections import OrderedDict

    def normalised(*convolution: int, **options: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(*convolution, **options), nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2))

    layers = OrderedDict(
        layer1=normalised(3, 96, 11, stride=4),
        layer2=normalised(96, 256, 5, padding=2),
        layer3=nn.Conv2d(256, 384, 3, padding=1),
        layer4=nn.Conv2d(384, 384, 3, padding=1),
        layer5=nn.Sequential(nn.Conv2d(384, 256, 3, padding=1), nn.MaxPool2d(3, 2)),
        flatten=nn.Flatten(),
        layer6=nn.Linear(features, 4096),
        layer7=nn.Linear(4096, 4096),
        layer8=nn.Linear(4096, 10),
    )
    return nn.Sequential(layers).double().eval()


@pytest.mark.slow
def test_without_relu_is_the_pytorch_network() -> None:
    network = load("alexnet_no_relu", inputs=SMALL)
    torchvision_peer.assert_same(network, alexnet_no_relu(256), against="built by hand in PyTorch")


def test_without_relu_has_the_layers_of_the_pytorch_network() -> None:
    assert load("alexnet_no_relu").parameters().trainable == 58_322_314
    compare = partial(torchvision_peer.assert_same, against="built by hand in PyTorch")
    with torch.device("meta"):
        peer = alexnet_no_relu(9216)
    torchvision_peer.assert_variant(load("alexnet_no_relu"), peer, compare)


def alexnet_fc2048(layers: Layers, x: Any) -> Any:
    x = layers.MaxPooling2D(3, strides=2)(layers.Conv2D(96, 11, strides=4, activation="relu")(x))
    x = layers.Conv2D(256, 5, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(x)
    for filters in (384, 384, 256):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D(3, strides=2)(x))
    for _ in range(2):
        x = layers.Dropout(0.5)(layers.Dense(2048, activation="relu")(x))
    return layers.Dense(3, activation="softmax")(x)


@pytest.mark.slow
def test_of_half_the_width_is_the_tensorflow_network() -> None:
    network = load("alexnet_fc2048", inputs=SMALL)
    keras_peer.assert_same(network, build_twin(network, alexnet_fc2048))


def test_of_half_the_width_has_the_weights_of_the_tensorflow_network() -> None:
    network = load("alexnet_fc2048")
    assert network.parameters() == (26_826_115, 26_826_115)
    with without_values():
        twin = build_twin(network, alexnet_fc2048)
    keras_peer.assert_variant(network, twin)
