"""Inception-ResNets: timm's and pytorchcv's with their own weights, and keras.applications'."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers import keras_peer, pytorchcv_peer, timm_peer
from tests.peers.torchvision_peer import assert_same, assert_variant

SMALL = {"image": (75, 75, 3)}


@pytest.mark.slow
def test_v2_has_timms_layers() -> None:
    """In numbers it is compared with keras.applications', which has the same layers."""
    assert_variant(load("inception_resnet_v2", inputs=SMALL), timm_peer.build_peer("inception_resnet_v2"))


@pytest.mark.slow
def test_v1_is_pytorchcvs_network() -> None:
    network = load("inception_resnet_v1")
    assert_same(network, pytorchcv_peer.build_renamed(network, "inceptionresnetv1"), against="pytorchcv")


@pytest.mark.slow
@pytest.mark.table  # the dearest of Keras's; the others of this file have the same blocks
def test_is_the_network_of_keras_applications() -> None:
    network = load("inception_resnet_v2_keras", inputs=SMALL)
    twin = keras_peer.build_application(network, "InceptionResNetV2", classifier_activation=None)
    assert network.parameters() == twin.parameters()
    keras_peer.assert_same(network, twin)


CHANNELS = {"inception_resnet_v1": [192, 256, 896, 1792], "inception_resnet_v2": [192, 320, 1088, 1536]}


@pytest.mark.parametrize("name", CHANNELS)
def test_backbone_gives_its_stages(name: str) -> None:
    outputs = load(name, outputs="stages").outputs
    assert list(outputs) == ["stride4", "stride8", "stride16", "stride32"]
    assert [value.shape[-1] for value in outputs.values()] == CHANNELS[name]
    assert [value.shape[0] for value in outputs.values()] == [71, 35, 17, 8]
