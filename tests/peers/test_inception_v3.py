"""Inception v3: torchvision's with its own weights, with and without its head, and keras.applications'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from archspec import load
from tests.peers import keras_peer, torchvision_peer

if TYPE_CHECKING:
    from torch import Tensor, nn

SMALL = {"image": (75, 75, 3)}


def build_peer(*, aux: bool) -> nn.Module:
    return torchvision_peer.build_peer("inception_v3", aux_logits=aux, init_weights=False)


def with_head(peer: nn.Module, image: Tensor) -> Mapping[str, Tensor]:
    """What torchvision computes for training, with batch normalisation and dropout as they are in evaluation."""
    peer.training = True
    logits, aux = peer(image)
    peer.training = False
    return {"fc": logits, "AuxLogits": aux}


@pytest.mark.slow
def test_is_torchvisions_network() -> None:
    torchvision_peer.assert_same(load("inception_v3"), build_peer(aux=True), with_head)


def test_without_its_head_has_torchvisions_layers() -> None:
    """In numbers it is compared with its head."""
    torchvision_peer.assert_variant(load("inception_v3_no_aux", inputs=SMALL), build_peer(aux=False))


@pytest.mark.slow
def test_has_the_weights_of_keras_applications() -> None:
    network = load("inception_v3_keras", inputs=SMALL)
    with keras_peer.without_values():
        twin = keras_peer.build_application(network, "InceptionV3", classifier_activation=None)
    keras_peer.assert_variant(network, twin)


@pytest.mark.parametrize("name", ["inception_v3", "inception_v3_keras"])
def test_backbone_gives_its_stages(name: str) -> None:
    outputs = load(name, outputs="stages").outputs
    assert {stage: value.shape for stage, value in outputs.items()} == {
        "stride4": (71, 71, 192),
        "stride8": (35, 35, 288),
        "stride16": (17, 17, 768),
        "stride32": (8, 8, 2048),
    }
