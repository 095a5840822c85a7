"""Networks without their classifiers: their stages are torchvision's, cut out of its networks."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import TYPE_CHECKING

import pytest

from archspec import load
from archspec.zoo import networks
from tests.marks import one_a_family, rows_but
from tests.peers.torchvision_peer import assert_same, build_peer, torchvision

if TYPE_CHECKING:
    from torch import Tensor, nn

RESNET = ("layer1", "layer2", "layer3", "layer4")
DENSENET = ("features.denseblock1", "features.denseblock2", "features.denseblock3", "features")
STAGES = {
    "vgg11": ("features.9", "features.14", "features.19", "features"),
    "vgg16_bn": ("features.22", "features.32", "features.42", "features"),
    "resnet18": RESNET,
    "resnext50_32x4d": RESNET,
    "densenet121": DENSENET,
    "densenet161": DENSENET,
    "googlenet": ("conv3", "inception3b", "inception4e", "inception5b"),
}
"""torchvision's modules that give the stages at strides 4, 8, 16 and 32."""

FEW = ("vgg16_bn", "resnet18", "googlenet")
"""One of each family."""

DEEPEST = ("densenet264", "efficientnet_b7", "nasnet_large", "regnet_y_32gf")
BACKBONES = [network.name for network in networks() if "\nstages:" in network.path.read_text("utf-8")]


def cut_peer(name: str) -> nn.Module:
    torchvision()
    from torchvision.models.feature_extraction import create_feature_extractor

    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    stages = {module: f"stride{stride}" for module, stride in zip(STAGES[name], (4, 8, 16, 32), strict=True)}
    extractor: nn.Module = create_feature_extractor(build_peer(name, **options), return_nodes=stages)
    return extractor


def channels_last(peer: nn.Module, image: Tensor) -> Mapping[str, Tensor]:
    return {name: stage.permute(0, 2, 3, 1) for name, stage in peer(image).items()}


@pytest.mark.parametrize("name", rows_but((), FEW, STAGES))
def test_has_torchvisions_stages(name: str) -> None:
    network = load(name, outputs="stages", inputs={"image": (64, 64, 3)})
    assert_same(network, cut_peer(name), channels_last, against="torchvision")


@pytest.mark.parametrize("name", rows_but(one_a_family(), DEEPEST, BACKBONES))
def test_stages_have_their_strides_and_are_features(name: str) -> None:
    network = load(name, outputs="stages")
    (size, *_), stages = network.inputs["image"].shape, network.outputs
    assert len(stages) == (3 if "squeezenet" in name else 4)
    # Without padding a map is a little smaller than a stride makes it.
    assert [f"stride{2 ** round(log2(size / value.shape[0]))}" for value in stages.values()] == list(stages)
    assert set(network.gives().values()) == {"features"}
