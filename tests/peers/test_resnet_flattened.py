"""The ResNet-18 and 34 of a PyTorch tutorial, built by hand in PyTorch."""

from __future__ import annotations

from functools import partial

import pytest
from torch import Tensor, nn
from torch.nn import functional

from archspec import load
from archspec_torch.runtime import without_values
from tests.peers import torchvision_peer

PARAMETERS = {"resnet18_flattened": 11_432_202, "resnet34_flattened": 21_544_074}
DEPTHS = {"resnet18_flattened": (2, 2, 2, 2), "resnet34_flattened": (3, 4, 6, 3)}


def resnet_flattened(depths: tuple[int, ...], features: int) -> nn.Module:
    class Block(nn.Module):
        def __init__(self, channels: int, filters: int) -> None:
            super().__init__()
            strides = 1 if channels == filters else 2
            self.conv1 = nn.Conv2d(channels, filters, 3, stride=strides, padding=1)
            self.bn1 = nn.BatchNorm2d(filters)
            self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
            self.bn2 = nn.BatchNorm2d(filters)
            self.downsample = nn.Sequential()
            if channels != filters:
                self.downsample.append(nn.Conv2d(channels, filters, 1, stride=strides))
                self.downsample.append(nn.BatchNorm2d(filters))

        def forward(self, x: Tensor) -> Tensor:
            y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
            return functional.relu(y + self.downsample(x))

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1, channels = nn.Conv2d(3, 64, 7, stride=2), nn.BatchNorm2d(64), 64
            for stage, (depth, filters) in enumerate(zip(depths, (64, 128, 256, 512), strict=True), start=1):
                blocks = [Block(filters if index else channels, filters) for index in range(depth)]
                self.add_module(f"layer{stage}", nn.Sequential(*blocks))
                channels = filters
            self.fc = nn.Linear(features, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(x))), 3, stride=2)
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            scores: Tensor = self.fc(x.flatten(1))
            return scores

    return Network().double().eval()


assert_same = partial(torchvision_peer.assert_same, against="built by hand in PyTorch")


@pytest.mark.slow
def test_is_the_pytorch_network() -> None:
    network = load("resnet18_flattened", inputs={"image": (67, 67, 3)})
    assert_same(network, resnet_flattened(DEPTHS["resnet18_flattened"], 2048))


@pytest.mark.parametrize("name", PARAMETERS)
def test_has_the_layers_of_the_pytorch_network(name: str) -> None:
    network = load(name)
    assert network.parameters().trainable == PARAMETERS[name]
    with without_values():
        peer = resnet_flattened(DEPTHS[name], 25088)
    torchvision_peer.assert_variant(network, peer, assert_same)
