"""The five networks of one tutorial for 32x32 images, against the same networks built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import load
from tests.peers.keras_peer import Layers, assert_same, build_twin


def dense_layer(layers: Layers, x: Any, filters: int) -> Any:
    """Two convolutions of x, then three of everything so far but x; the result is the last one alone."""
    made = [layers.Conv2D(filters, 3, padding="same", activation="relu")(x) for _ in range(2)]
    for _ in range(3):
        made.append(layers.Conv2D(filters, 3, padding="same", activation="relu")(layers.Concatenate()(made)))
    return made[-1]


def densenet(layers: Layers, x: Any) -> Any:
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    for filters in (8, 16, 32, 64, 128):
        if filters > 8:
            x = layers.BatchNormalization()(x)
        x = layers.Dropout(0.8)(dense_layer(layers, x, filters))
    x = layers.BatchNormalization()(layers.MaxPooling2D()(x))
    x = layers.BatchNormalization()(layers.Conv2D(96, 1, activation="relu")(x))
    x = layers.BatchNormalization()(layers.MaxPooling2D()(x))
    x = layers.Dropout(0.4)(layers.Flatten()(x))
    return layers.Dense(14, activation="softmax")(x)


def conv(layers: Layers, x: Any, filters: int, kernel_size: int, strides: int = 1) -> Any:
    return layers.Conv2D(filters, kernel_size, strides=strides, padding="same", activation="relu")(x)


def inception_layer(layers: Layers, x: Any, one: int, three: list[int], five: list[int], pool: int) -> Any:
    branches = [
        conv(layers, x, one, 1),
        conv(layers, conv(layers, x, three[0], 1), three[1], 3),
        conv(layers, conv(layers, x, five[0], 1), five[1], 5),
        conv(layers, layers.MaxPooling2D(3, strides=1, padding="same")(x), pool, 1),
    ]
    return layers.Concatenate()(branches)


def inception(layers: Layers, x: Any) -> Any:
    x = conv(layers, x, 64, 7, strides=2)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = conv(layers, conv(layers, x, 64, 1), 192, 3)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception_layer(layers, x, 64, [96, 128], [16, 32], 32)
    x = inception_layer(layers, x, 128, [128, 192], [32, 96], 96)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = inception_layer(layers, x, 192, [96, 208], [16, 48], 64)
    x = conv(layers, layers.AveragePooling2D(2, strides=3)(x), 128, 1)
    x = layers.Dense(1024, activation="relu")(layers.Flatten()(x))
    return layers.Dense(100, activation="softmax")(layers.Dropout(0.7)(x))


def vgg(layers: Layers, x: Any) -> Any:
    for filters in (32, 64, 128):
        for _ in range(2):
            x = layers.Dropout(0.4)(layers.Conv2D(filters, 3, padding="same", activation="relu")(x))
        x = layers.MaxPooling2D()(x)
    return layers.Dense(10, activation="softmax")(layers.Flatten()(x))


def residual_layer(layers: Layers, x: Any, filters: int, dropout: float, pool: bool) -> Any:
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(x))
    y = layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(y))
    y = layers.Add()([y, layers.Conv2D(filters, 3, padding="same")(x)])
    y = layers.MaxPooling2D()(y) if pool else y
    return layers.ReLU()(layers.BatchNormalization()(layers.Dropout(dropout)(y)))


def resnet(layers: Layers, x: Any) -> Any:
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same")(x)))
    for filters, dropout, pool in (
        (32, 0.2, False),
        (32, 0.3, False),
        (32, 0.4, True),
        (64, 0.2, False),
        (64, 0.2, True),
        (256, 0.4, False),
    ):
        x = residual_layer(layers, x, filters, dropout, pool)
    x = layers.Dense(4096, activation="relu")(layers.Dropout(0.4)(layers.Flatten()(x)))
    return layers.Dense(100, activation="softmax")(layers.Dropout(0.23)(x))


def norm(layers: Layers, x: Any, times: int = 1) -> Any:
    for _ in range(times):
        x = layers.Dropout(0.4)(layers.BatchNormalization()(x))
    return x


def xception(layers: Layers, x: Any) -> Any:
    x = norm(layers, conv(layers, x, 32, 3, strides=2))
    x = norm(layers, conv(layers, x, 64, 3))
    y = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    y = layers.DepthwiseConv2D(3, padding="same", activation="relu")(y)
    y = layers.MaxPooling2D(strides=1)(y)
    x = layers.Concatenate()([y, layers.Conv2D(64, 2)(norm(layers, x, 2))])
    y = conv(layers, layers.ReLU()(x), 256, 3)
    y = layers.DepthwiseConv2D(3, padding="same", activation="relu")(y)
    y = layers.MaxPooling2D(strides=1)(layers.DepthwiseConv2D(3, padding="same")(y))
    x = layers.Concatenate()([y, layers.Conv2D(256, 2)(norm(layers, x, 3))])
    x = norm(layers, conv(layers, layers.ReLU()(x), 256, 3))
    x = norm(layers, conv(layers, x, 128, 3))
    return layers.Dense(100, activation="softmax")(layers.Flatten()(x))


@pytest.mark.slow
def test_densenet_of_layer_configs_is_the_keras_network() -> None:
    network = load("layer_configs_densenet")
    twin = build_twin(network, densenet)
    assert network.parameters() == twin.parameters() == (2_065_686, 2_064_806)
    assert_same(network, twin)


def test_inception_of_layer_configs_is_the_keras_network() -> None:
    network = load("layer_configs_inception")
    twin = build_twin(network, inception)
    assert network.parameters() == twin.parameters() == (1_373_284, 1_373_284)
    assert_same(network, twin)


def test_vgg_is_the_keras_network() -> None:
    network = load("layer_configs_vgg")
    twin = build_twin(network, vgg)
    assert network.parameters() == twin.parameters() == (307_498, 307_498)
    assert_same(network, twin)


@pytest.mark.slow
@pytest.mark.table  # its 69 million weights lie in one Dense
def test_resnet_is_the_keras_network() -> None:
    network = load("layer_configs_resnet")
    twin = build_twin(network, resnet)
    assert network.parameters() == twin.parameters() == (68_671_236, 68_669_284)
    assert_same(network, twin)


@pytest.mark.slow
def test_xception_is_the_keras_network() -> None:
    network = load("layer_configs_xception")
    twin = build_twin(network, xception)
    assert network.parameters() == twin.parameters() == (4_456_548, 4_454_564)
    assert_same(network, twin)
