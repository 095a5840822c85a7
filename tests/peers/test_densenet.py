"""DenseNets: torchvision's with its own weights, keras.applications', and those of a listing built by hand in Keras."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from archspec import load, read_checkpoint, read_weights
from archspec_torch import runtime
from tests.marks import rows_but
from tests.peers import torchvision_peer
from tests.peers.keras_peer import (
    Layers,
    assert_same,
    assert_variant,
    build_by,
    build_twin,
    compare_application_weights,
    without_values,
)
from tests.peers.sizes import SMALL
from tests.peers.torchvision_peer import build_peer

TORCHVISION = ("densenet121", "densenet161", "densenet169", "densenet201")


@pytest.mark.parametrize("name", rows_but(["densenet121"], ["densenet161"], TORCHVISION))
def test_has_torchvisions_layers(name: str) -> None:
    torchvision_peer.assert_variant(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.parametrize("name", rows_but(["densenet121"], ["densenet161"], TORCHVISION))
def test_torchvisions_published_files_have_the_names_of_older_modules(name: str, tmp_path: Path) -> None:
    """Its own loader says which is which: `denselayer1.norm.1` is `denselayer1.norm1`."""
    models = torchvision_peer.torchvision().models
    published = models.get_model(name)
    torchvision_peer.train(published)
    number = re.compile(r"(denselayer\d+\.(?:norm|conv))(\d)")
    state = {
        number.sub(r"\1.\2", key): tensor
        for key, tensor in published.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in state
    torch.save(state, tmp_path / "published.pth")
    peer = models.get_model(name)
    models.densenet._load_state_dict(peer, SimpleNamespace(get_state_dict=lambda **_: dict(state)), progress=False)
    network = load(name)
    found = read_checkpoint(network, tmp_path / "published.pth")
    assert {match.how for match in found.matching.matches} == {"third party"}
    assert all(found[key].tobytes() == array.tobytes() for key, array in read_weights(network, peer).items())


@pytest.mark.slow
@pytest.mark.parametrize("depths", [[1, 2, 2, 1], [6, 12, 64, 48]])
def test_is_torchvisions_class_at_other_depths(depths: list[int]) -> None:
    """Those of DenseNet-264 are the paper's."""
    torchvision_peer.torchvision()
    from torchvision.models import DenseNet

    with runtime.without_values():
        peer = DenseNet(growth_rate=32, block_config=tuple(depths), num_init_features=64)
    network = load("densenet264", params={"depths": depths}, inputs=SMALL)
    compare = torchvision_peer.assert_variant if sum(depths) > 100 else torchvision_peer.assert_same
    compare(network, peer.double().eval())


APPLICATIONS = {
    "densenet121_keras": "DenseNet121",
    "densenet169_keras": "DenseNet169",
    "densenet201_keras": "DenseNet201",
}


@pytest.mark.parametrize("depths", rows_but((), [(1, 3, 2, 2)], [(1, 3, 2, 2), (6, 12, 24, 16)]))
def test_is_the_network_of_keras_applications(depths: tuple[int, ...]) -> None:
    from keras.src.applications.densenet import DenseNet

    network = load("densenet121_keras", params={"depths": [*depths]}, inputs=SMALL)
    twin = build_by(DenseNet, network, blocks=[*depths], classifier_activation=None)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


@pytest.mark.parametrize("name", rows_but(["densenet121_keras"], ["densenet169_keras"], APPLICATIONS))
def test_has_the_weights_of_keras_applications(name: str) -> None:
    compare_application_weights(load(name, inputs=SMALL), APPLICATIONS[name])


def scaled_norm(layers: Layers, x: Any) -> Any:
    return layers.ReLU()(layers.Scale()(layers.BatchNormalization(epsilon=1.1e-5)(x)))


def dense_block(layers: Layers, x: Any, depth: int) -> Any:
    for _ in range(depth):
        y = layers.Conv2D(128, 1, use_bias=False)(scaled_norm(layers, x))
        y = layers.Conv2D(32, 3, use_bias=False)(layers.ZeroPadding2D()(scaled_norm(layers, y)))
        x = layers.Concatenate()([x, y])
    return x


def transition(layers: Layers, x: Any, compression: float) -> Any:
    filters = int(x.shape[-1] * compression)
    x = layers.Conv2D(filters, 1, use_bias=False)(scaled_norm(layers, x))
    return layers.AveragePooling2D(2)(x)


def densenet(layers: Layers, x: Any, depths: list[int], compression: float) -> Any:
    x = layers.Conv2D(64, 7, strides=2, use_bias=False)(layers.ZeroPadding2D(3)(x))
    x = layers.ZeroPadding2D()(scaled_norm(layers, x))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for depth in depths[:-1]:
        x = transition(layers, dense_block(layers, x, depth), compression)
    x = scaled_norm(layers, dense_block(layers, x, depths[-1]))
    return layers.Dense(1000, activation="softmax")(layers.GlobalAveragePooling2D()(x))


CAFFE = {
    "densenet121_caffe": (1.0, (14_181_864, 14_045_224)),
    "densenet121_caffe_reduced": (0.5, (8_146_152, 8_062_504)),
}


@pytest.mark.parametrize("name", CAFFE)
def test_has_the_parameters_of_the_keras_network(name: str) -> None:
    assert load(name).parameters() == CAFFE[name][1]


@pytest.mark.parametrize("name", rows_but((), ["densenet121_caffe_reduced"], CAFFE))
def test_is_the_keras_network(name: str) -> None:
    compression, _ = CAFFE[name]
    depths = [1, 3, 2, 2]
    network = load(name, params={"depths": depths}, inputs=SMALL)
    twin = build_twin(network, lambda layers, x: densenet(layers, x, depths, compression))
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


@pytest.mark.parametrize("name", rows_but((), ["densenet121_caffe"], CAFFE))
def test_has_the_weights_of_the_keras_network(name: str) -> None:
    compression, _ = CAFFE[name]
    network = load(name, inputs=SMALL)
    with without_values():
        twin = build_twin(network, lambda layers, x: densenet(layers, x, [6, 12, 24, 16], compression))
    assert_variant(network, twin)
