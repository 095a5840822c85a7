"""Inception v2, which is BN-Inception: pytorchcv's, with its own weights."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers.pytorchcv_peer import build_peer
from tests.peers.torchvision_peer import assert_same, assert_variant


@pytest.mark.slow
def test_is_pytorchcvs_network() -> None:
    # The mean that it ends in is a window of 7x7.
    assert_same(load("inception_v2"), build_peer("bninception"))


def test_has_pytorchcvs_layers() -> None:
    assert_variant(load("inception_v2"), build_peer("bninception"))


def test_backbone_gives_its_stages() -> None:
    outputs = load("inception_v2", outputs="stages").outputs
    assert {stage: value.shape for stage, value in outputs.items()} == {
        "stride4": (56, 56, 192),
        "stride8": (28, 28, 320),
        "stride16": (14, 14, 608),
        "stride32": (7, 7, 1024),
    }
