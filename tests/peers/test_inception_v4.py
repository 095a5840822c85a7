"""Inception v4: timm's, with its own weights."""

from __future__ import annotations

import pytest

from archspec import load
from tests.peers.timm_peer import build_peer
from tests.peers.torchvision_peer import assert_same

SMALL = {"image": (75, 75, 3)}


@pytest.mark.slow
def test_is_timms_network() -> None:
    assert_same(load("inception_v4", inputs=SMALL), build_peer("inception_v4"))


def test_backbone_has_timms_stages() -> None:
    outputs = load("inception_v4", outputs="stages").outputs
    channels = [info["num_chs"] for info in build_peer("inception_v4").feature_info]
    assert [value.shape[-1] for value in outputs.values()] == channels[1:]
    assert [value.shape[0] for value in outputs.values()] == [73, 35, 17, 8]
