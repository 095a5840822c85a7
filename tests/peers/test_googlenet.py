"""GoogLeNet: torchvision's with its own weights, the paper's and the Keras one built by hand in Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import Layers, build_twin
from tests.peers.local_response_norm import local_response_norm

if TYPE_CHECKING:
    from torch import Tensor, nn

WIDTHS = [
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
]
"""Table 1 of the paper, modules 3a to 5b."""


def with_heads(peer: nn.Module, image: Tensor) -> Mapping[str, Tensor]:
    """What torchvision computes for training, with batch normalisation and dropout as they are in evaluation."""
    peer.training = True
    logits, aux2, aux1 = peer(image)
    peer.training = False
    return {"fc": logits, "aux2": aux2, "aux1": aux1}


@pytest.mark.slow
def test_is_torchvisions_network() -> None:
    network = load("googlenet")
    assert network.parameters().trainable == 13_004_888
    peer = torchvision_peer.build_peer("googlenet", aux_logits=True, init_weights=True)
    torchvision_peer.assert_same(network, peer, with_heads)


def test_without_its_heads_has_torchvisions_layers() -> None:
    """In numbers it is compared with its heads."""
    network = load("googlenet_no_aux", inputs={"image": (64, 64, 3)})
    assert network.parameters().trainable == 6_624_904
    peer = torchvision_peer.build_peer("googlenet", aux_logits=False, init_weights=True)
    torchvision_peer.assert_variant(network, peer)


class Paper:
    """The network of Szegedy et al. 2014, built in Keras."""

    def __init__(self, layers: Layers) -> None:
        self.layers = layers

    def conv(self, x: Any, filters: int, kernel_size: int) -> Any:
        return self.layers.Conv2D(filters, kernel_size, padding="same", activation="relu")(x)

    def pool(self, x: Any) -> Any:
        return self.layers.MaxPooling2D(3, strides=2, padding="same")(x)

    def inception(self, x: Any, widths: Sequence[int]) -> Any:
        one, reduce3, three, reduce5, five, pool = widths
        branches = [
            self.conv(x, one, 1),
            self.conv(self.conv(x, reduce3, 1), three, 3),
            self.conv(self.conv(x, reduce5, 1), five, 5),
            self.conv(self.layers.MaxPooling2D(3, strides=1, padding="same")(x), pool, 1),
        ]
        return self.layers.Concatenate()(branches)

    def head(self, x: Any) -> Any:
        x = self.conv(self.layers.AveragePooling2D(5, strides=3)(x), 128, 1)
        x = self.layers.Dense(1024, activation="relu")(self.layers.Flatten()(x))
        return self.layers.Dense(1000, activation="softmax")(self.layers.Dropout(0.7)(x))

    def build(self, x: Any, *, aux: bool) -> Any:
        x = self.layers.Conv2D(64, 7, strides=2, activation="relu")(self.layers.ZeroPadding2D(3)(x))
        x = self.conv(self.conv(local_response_norm(self.pool(x)), 64, 1), 192, 3)
        x = self.pool(local_response_norm(x))
        taps = []
        for index, widths in enumerate(WIDTHS):
            x = self.inception(self.pool(x) if index in (2, 7) else x, widths)
            taps.append(x)
        x = self.layers.Dropout(0.4)(self.layers.GlobalAveragePooling2D()(x))
        x = self.layers.Dense(1000, activation="softmax")(x)
        if not aux:
            return x
        aux1, aux2 = self.head(taps[2]), self.head(taps[5])
        return [x, aux2, aux1]


@pytest.mark.slow
def test_is_the_network_of_the_paper() -> None:
    network = load("googlenet_paper", inputs={"image": (64, 64, 3)})
    twin = build_twin(network, lambda layers, x: Paper(layers).build(x, aux=False))
    assert network.parameters() == twin.parameters() == (6_998_552, 6_998_552)
    keras_peer.assert_same(network, twin)


@pytest.mark.slow
def test_with_its_heads_is_the_network_of_the_paper() -> None:
    network = load("googlenet_paper_aux")
    twin = build_twin(network, lambda layers, x: Paper(layers).build(x, aux=True))
    assert network.parameters() == twin.parameters() == (13_378_280, 13_378_280)
    keras_peer.assert_same(network, twin)


def conv_relu_bn(layers: Layers, x: Any, filters: int, kernel_size: int, strides: int = 1) -> Any:
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding="same", activation="relu")(x)
    return layers.BatchNormalization()(x)


def equal_inception(layers: Layers, x: Any, filters: int) -> Any:
    branches = [
        conv_relu_bn(layers, x, filters, 1),
        conv_relu_bn(layers, conv_relu_bn(layers, x, filters, 1), filters, 3),
        conv_relu_bn(layers, conv_relu_bn(layers, x, filters, 1), filters, 1),
        conv_relu_bn(layers, layers.MaxPooling2D(3, strides=1, padding="same")(x), filters, 1),
    ]
    return layers.Concatenate()(branches)


def googlenet_keras(layers: Layers, x: Any) -> Any:
    x = layers.MaxPooling2D(3, strides=2, padding="same")(conv_relu_bn(layers, x, 64, 7, strides=2))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(conv_relu_bn(layers, x, 192, 3))
    for stage in ((64, 120), (128, 128, 128, 132, 208), (208, 256)):
        x = x if stage[0] == 64 else layers.MaxPooling2D(3, strides=2, padding="same")(x)
        for filters in stage:
            x = equal_inception(layers, x, filters)
    x = layers.Dropout(0.4)(layers.AveragePooling2D(7, strides=7, padding="same")(x))
    return layers.Dense(1000, activation="softmax")(layers.Dense(1000, activation="relu")(x))


@pytest.mark.slow
def test_is_the_keras_network() -> None:
    network = load("googlenet_keras")
    twin = build_twin(network, googlenet_keras)
    assert network.parameters() == twin.parameters() == (7_755_704, 7_738_728)
    assert network.outputs["fc"].shape == (1, 1, 1000)
    keras_peer.assert_same(network, twin)


def test_heads_are_outputs_of_their_own() -> None:
    assert list(load("googlenet").outputs) == list(load("googlenet_paper_aux").outputs) == ["fc", "aux2", "aux1"]
    assert list(load("googlenet_no_aux").outputs) == list(load("googlenet_paper").outputs) == ["fc"]
