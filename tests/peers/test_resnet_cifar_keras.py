"""Keras's ResNets for CIFAR-10, both versions, built by hand in Keras."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import SpecError, load
from archspec.layers.conv import Conv2D
from tests.marks import rows_but, slow_but
from tests.peers.keras_peer import (
    Build,
    Layers,
    assert_variant,
    build_twin,
    compare_in_numbers,
    compare_weights,
    without_values,
)

PARAMETERS = {
    "resnet20_v1": (274_442, 273_066),
    "resnet32_v1": (470_218, 467_946),
    "resnet44_v1": (665_994, 662_826),
    "resnet56_v1": (861_770, 857_706),
    "resnet110_v1": (1_742_762, 1_734_666),
    "resnet20_v2": (574_090, 570_602),
    "resnet29_v2": (849_002, 843_786),
    "resnet56_v2": (1_673_738, 1_663_338),
    "resnet110_v2": (3_323_210, 3_302_442),
}
"""All parameters of each network, and the trainable ones."""

IN_NUMBERS = ("resnet20_v1", "resnet29_v2")
RUN_ALWAYS = ("resnet20_v1",)
FEW = ("resnet32_v1", "resnet20_v2")


def conv(layers: Layers, x: Any, filters: int, kernel_size: int = 3, strides: int = 1) -> Any:
    return layers.Conv2D(filters, kernel_size, strides=strides, padding="same")(x)


def norm_relu(layers: Layers, x: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(x))


def classifier(layers: Layers, x: Any) -> Any:
    return layers.Dense(10, activation="softmax")(layers.Flatten()(layers.AveragePooling2D(min(8, x.shape[1]))(x)))


def resnet_v1(layers: Layers, x: Any, depth: int) -> Any:
    x = norm_relu(layers, conv(layers, x, 16))
    for stage, filters in enumerate((16, 32, 64)):
        for index in range((depth - 2) // 6):
            first = stage > 0 and index == 0
            y = norm_relu(layers, conv(layers, x, filters, strides=2 if first else 1))
            y = layers.BatchNormalization()(conv(layers, y, filters))
            x = layers.ReLU()(layers.Add()([conv(layers, x, filters, 1, 2) if first else x, y]))
    return classifier(layers, x)


def resnet_v2(layers: Layers, x: Any, depth: int) -> Any:
    x = norm_relu(layers, conv(layers, x, 16))
    for stage, (inner, filters) in enumerate(((16, 64), (64, 128), (128, 256))):
        for index in range((depth - 2) // 9):
            strides = 2 if stage > 0 and index == 0 else 1
            y = x if stage == index == 0 else norm_relu(layers, x)
            y = conv(layers, y, inner, 1, strides)
            y = conv(layers, norm_relu(layers, y), inner)
            y = conv(layers, norm_relu(layers, y), filters, 1)
            x = layers.Add()([conv(layers, x, filters, 1, strides) if index == 0 else x, y])
    return classifier(layers, norm_relu(layers, x))


def twin_of(name: str) -> Build:
    depth, version = map(int, name.removeprefix("resnet").split("_v"))
    build = {1: resnet_v1, 2: resnet_v2}[version]
    return lambda layers, x: build(layers, x, depth)


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, IN_NUMBERS))
def test_is_the_keras_network(name: str) -> None:
    assert compare_in_numbers(name, twin_of(name)) == PARAMETERS[name]


@pytest.mark.parametrize("name", rows_but((), FEW, [name for name in PARAMETERS if name not in IN_NUMBERS]))
def test_has_the_weights_of_the_keras_network(name: str) -> None:
    assert compare_weights(name, twin_of(name)) == PARAMETERS[name]


def test_any_depth_of_the_version_will_do() -> None:
    assert load("resnet20_v1", params={"depth": 14}).parameters() < load("resnet20_v1").parameters()
    deep = load("resnet20_v2", params={"depth": 1001})
    assert sum(isinstance(node.layer, Conv2D) for node in deep.graph.nodes) == 1 + 999 + 3


def test_takes_small_gray_images() -> None:
    network = load("resnet20_v1", params={"depth": 8}, inputs={"image": [8, 8, 1]})
    with without_values():
        twin = build_twin(network, twin_of("resnet8_v1"))
    assert network.parameters() == twin.parameters()
    assert_variant(network, twin)


@pytest.mark.parametrize(("version", "depth"), [(1, 21), (1, 29), (1, 2), (2, 32), (3, 20)])
def test_other_depths_are_refused(version: int, depth: int) -> None:
    with pytest.raises(SpecError, match="the params break a rule"):
        load("resnet20_v1", params={"version": version, "depth": depth})
