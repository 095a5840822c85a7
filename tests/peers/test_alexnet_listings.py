"""The AlexNets of tutorials: the PyTorch one built by hand in PyTorch, the TensorFlow one in Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import Layers, build_twin

if TYPE_CHECKING:
    from torch import nn


def alexnet_no_relu(features: int) -> nn.Module:
    from collections import OrderedDict

    from torch import nn

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


@pytest.mark.parametrize(("size", "features"), [(67, 256), pytest.param(227, 9216, marks=pytest.mark.slow)])
def test_without_relu_is_the_pytorch_network(size: int, features: int) -> None:
    assert load("alexnet_no_relu").parameters().trainable == 58_322_314
    network = load("alexnet_no_relu", inputs={"image": (size, size, 3)})
    torchvision_peer.assert_same(network, alexnet_no_relu(features), against="built by hand in PyTorch")


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


@pytest.mark.parametrize("size", [67, pytest.param(227, marks=pytest.mark.slow)])
def test_of_half_the_width_is_the_tensorflow_network(size: int) -> None:
    assert load("alexnet_fc2048").parameters() == (26_826_115, 26_826_115)
    network = load("alexnet_fc2048", inputs={"image": (size, size, 3)})
    twin = build_twin(network, alexnet_fc2048)
    assert network.parameters() == twin.parameters()
    keras_peer.assert_same(network, twin)
