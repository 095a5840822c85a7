"""ResNets for CIFAR-10: padding shortcuts built by hand in Keras, projections as pytorchcv has them."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import SpecError, load
from tests.marks import slow_but
from tests.peers import torchvision_peer
from tests.peers.keras_peer import Layers, assert_same, assert_variant, build_twin, without_values
from tests.peers.pytorchcv_peer import build_renamed

TRAINABLE = {
    "resnet20_cifar": 269_722,
    "resnet32_cifar": 464_154,
    "resnet44_cifar": 658_586,
    "resnet56_cifar": 853_018,
    "resnet110_cifar": 1_727_962,
}
RUN_ALWAYS = ("resnet20_cifar",)


def conv_norm(layers: Layers, x: Any, filters: int, strides: int = 1) -> Any:
    x = layers.ZeroPadding2D()(x)
    x = layers.Conv2D(filters, 3, strides=strides, use_bias=False)(x)
    return layers.BatchNormalization(epsilon=1e-5, momentum=0.9)(x)


def padded(x: Any, filters: int) -> Any:
    """Every second pixel of every second row, and zeros as channels: half of the missing ones on each side."""
    import keras

    missing = filters - x.shape[-1]
    return keras.ops.pad(x[:, ::2, ::2], ((0, 0), (0, 0), (0, 0), (missing // 2, missing - missing // 2)))


def resnet_cifar(layers: Layers, x: Any, depth: int) -> Any:
    x = layers.ReLU()(conv_norm(layers, x, 16))
    for filters in (16, 32, 64):
        for _ in range((depth - 2) // 6):
            shortcut = x if x.shape[-1] == filters else padded(x, filters)
            y = layers.ReLU()(conv_norm(layers, x, filters, 1 if shortcut is x else 2))
            x = layers.ReLU()(layers.Add()([conv_norm(layers, y, filters), shortcut]))
    return layers.Dense(10)(layers.GlobalAveragePooling2D()(x))


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_the_network_of_the_paper(name: str) -> None:
    network = load(name)
    twin = build_twin(network, lambda layers, x: resnet_cifar(layers, x, depth_of(name)))
    assert network.parameters() == twin.parameters()
    assert network.parameters().trainable == TRAINABLE[name]
    assert_same(network, twin)


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, TRAINABLE))
def test_has_the_weights_of_the_paper(name: str) -> None:
    network = load(name)
    with without_values():
        twin = build_twin(network, lambda layers, x: resnet_cifar(layers, x, depth_of(name)))
    assert network.parameters().trainable == TRAINABLE[name]
    assert_variant(network, twin)


def depth_of(name: str) -> int:
    return int(name.removeprefix("resnet").removesuffix("_cifar"))


@pytest.mark.slow
def test_with_projections_is_pytorchcvs_network() -> None:
    network = load("resnet20_cifar", params={"projection": True})
    torchvision_peer.assert_same(network, build_renamed(network, "resnet20_cifar10"))


def test_any_depth_of_6n_plus_2_will_do() -> None:
    assert load("resnet20_cifar", params={"depth": 1202}).parameters().trainable == 19_421_274
    with pytest.raises(SpecError, match="depth is 6n \\+ 2"):
        load("resnet20_cifar", params={"depth": 21})
