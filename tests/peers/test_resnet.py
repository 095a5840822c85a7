"""ResNets: torchvision's with its own weights, keras.applications', and that of a listing built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.marks import rows_but, slow_but
from tests.peers import keras_peer, settled
from tests.peers.keras_peer import (
    Layers,
    assert_same,
    build_twin,
    compare_application,
    compare_application_weights,
    without_values,
)
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import assert_variant, build_peer

TORCHVISION = (
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "wide_resnet50_2",
    "wide_resnet101_2",
)
RUN_ALWAYS = ("resnet50",)
COMPARED = (*RUN_ALWAYS, "resnet18", "resnext50_32x4d")
"""Bottlenecks, two convolutions a block, and groups. ResNet-18's stages are compared in test_backbones.py."""


@pytest.mark.parametrize("name", rows_but((), RUN_ALWAYS, COMPARED))
def test_is_torchvisions_network(name: str) -> None:
    settled.assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, TORCHVISION))
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALL), build_peer(name), settled.assert_same)


APPLICATIONS = {"resnet50_keras": "ResNet50", "resnet101_keras": "ResNet101", "resnet152_keras": "ResNet152"}


@pytest.mark.slow
def test_is_the_network_of_keras_applications() -> None:
    compare_application(load("resnet50_keras", inputs=SMALL), "ResNet50")


@pytest.mark.parametrize("name", slow_but(["resnet50_keras"], APPLICATIONS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    compare_application_weights(load(name, inputs=SMALL), APPLICATIONS[name])


def conv_relu_bn(layers: Layers, x: Any, filters: int, kernel_size: int, strides: int = 1) -> Any:
    x = layers.Conv2D(filters, kernel_size, strides=strides, padding="same", activation="relu")(x)
    return layers.BatchNormalization()(x)


def bottleneck(layers: Layers, x: Any, filters: int, strides: int, project: bool) -> Any:
    y = conv_relu_bn(layers, x, filters, 1, strides)
    y = conv_relu_bn(layers, y, filters, 3)
    y = conv_relu_bn(layers, y, 4 * filters, 1)
    return layers.Add()([y, conv_relu_bn(layers, x, 4 * filters, 3, strides) if project else x])


def resnet_conv_relu_bn(layers: Layers, x: Any, depths: list[int]) -> Any:
    x = layers.ZeroPadding2D(3)(x)
    x = layers.Conv2D(64, 7, strides=2, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for depth, filters, strides in zip(depths, (64, 128, 256, 512), (1, 2, 2, 2), strict=True):
        for index in range(depth):
            x = bottleneck(layers, x, filters, strides if index == 0 else 1, index == 0)
    x = layers.Flatten()(layers.AveragePooling2D(7)(x))
    return layers.Dense(1000, activation="softmax")(x)


def test_conv_relu_bn_has_the_parameters_of_the_keras_network() -> None:
    assert load("resnet50_conv_relu_bn").parameters() == (47_787_880, 47_734_760)


@pytest.mark.slow
def test_conv_relu_bn_is_the_keras_network() -> None:
    depths = [1, 2, 1, 1]
    network = load("resnet50_conv_relu_bn", params={"depths": depths})
    assert_same(network, build_twin(network, lambda layers, x: resnet_conv_relu_bn(layers, x, depths)))


@pytest.mark.slow
def test_conv_relu_bn_has_the_weights_of_the_keras_network() -> None:
    network = load("resnet50_conv_relu_bn")
    with without_values():
        twin = build_twin(network, lambda layers, x: resnet_conv_relu_bn(layers, x, [3, 4, 6, 3]))
    keras_peer.assert_variant(network, twin)
