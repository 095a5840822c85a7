"""The VGG-16 of three tutorials, built by hand in the framework that each is written in."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer
from tests.peers.keras_peer import Layers, build_twin

if TYPE_CHECKING:
    from torch import nn

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


def vgg16_no_dropout(features: int) -> nn.Module:
    from torch import nn

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


@pytest.mark.slow
@pytest.mark.parametrize("size", [33, None])
@pytest.mark.parametrize(("build", "parameters"), [(vgg16_3x2, 138_332_968), (vgg_c_same_pools, 165_096_232)])
def test_is_the_keras_network(build: Any, parameters: int, size: int | None) -> None:
    assert load(build.__name__).parameters() == (parameters, parameters)
    network = load(build.__name__, inputs={"image": (size, size, 3)} if size else None)
    keras_peer.assert_same(network, build_twin(network, build))


@pytest.mark.parametrize(("size", "features"), [(32, 512), pytest.param(224, 25088, marks=pytest.mark.slow)])
def test_is_the_pytorch_network(size: int, features: int) -> None:
    assert load("vgg16_no_dropout").parameters().trainable == 134_301_514
    network = load("vgg16_no_dropout", inputs={"image": (size, size, 3)})
    torchvision_peer.assert_same(network, vgg16_no_dropout(features), against="built by hand in PyTorch")
