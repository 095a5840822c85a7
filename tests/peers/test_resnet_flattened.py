"""The ResNet-18 and 34 of a PyTorch tutorial, built by hand in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archspec import load
from tests.peers import torchvision_peer

if TYPE_CHECKING:
    from torch import nn

PARAMETERS = {"resnet18_flattened": 11_432_202, "resnet34_flattened": 21_544_074}
DEPTHS = {"resnet18_flattened": (2, 2, 2, 2), "resnet34_flattened": (3, 4, 6, 3)}


def resnet_flattened(depths: tuple[int, ...], features: int) -> nn.Module:
    from torch import Tensor, nn
    from torch.nn import functional

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


@pytest.mark.parametrize(
    ("name", "size", "features"),
    [
        ("resnet18_flattened", 67, 2048),
        *(pytest.param(name, 227, 25088, marks=pytest.mark.slow) for name in PARAMETERS),
    ],
)
def test_is_the_pytorch_network(name: str, size: int, features: int) -> None:
    assert load(name).parameters().trainable == PARAMETERS[name]
    network = load(name, inputs={"image": (size, size, 3)})
    peer = resnet_flattened(DEPTHS[name], features)
    torchvision_peer.assert_same(network, peer, against="built by hand in PyTorch")
