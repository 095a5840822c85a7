"""regnet_y_400mf: Radosavovic et al. 2020, arXiv:2003.13678; named as in torchvision"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)


class ConvNorm(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel_size: int = 1,
        strides: int = 1,
        groups: int = 1,
        relu: bool = True,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(
                in_channels,
                filters,
                kernel_size,
                stride=strides,
                padding=kernel_size // 2,
                groups=groups,
                bias=False,
            ),
            nn.BatchNorm2d(filters),
        ]
        if relu:
            layers.append(nn.ReLU(inplace=True))
        super().__init__(*layers)


class SqueezeExcitation(nn.Module):
    def __init__(self, in_channels: int, squeezed: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(in_channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, in_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = F.adaptive_avg_pool2d(x, 1)
        y = F.relu(self.fc1(y), inplace=True)
        y = torch.sigmoid(self.fc2(y))
        return y * x


class Block(nn.Module):
    def __init__(self, in_channels: int, filters: int, strides: int) -> None:
        super().__init__()
        project = strides > 1 or in_channels != filters
        self.f = nn.Sequential(
            OrderedDict(
                a=ConvNorm(in_channels, filters),
                b=ConvNorm(
                    filters,
                    filters,
                    kernel_size=3,
                    strides=strides,
                    groups=filters // min(8, filters),
                ),
                se=SqueezeExcitation(filters, round(in_channels / 4)),
                c=ConvNorm(filters, filters, relu=False),
            )
        )
        self.proj = (
            ConvNorm(in_channels, filters, strides=strides, relu=False)
            if project
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        f = self.f(x)
        proj = self.proj(x)
        return F.relu(f + proj, inplace=True)


class Stage(nn.Sequential):
    def __init__(self, in_channels: int, number: int, depth: int, filters: int) -> None:
        super().__init__(
            OrderedDict(
                {
                    f"block{number}-0": Block(in_channels, filters, 2),
                    **{
                        f"block{number}-{i}": Block(filters, filters, 1)
                        for i in range(1, depth)
                    },
                }
            )
        )


class RegNetY400mf(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.stem = ConvNorm(3, 32, kernel_size=3, strides=2)
        self.trunk_output = nn.Sequential(
            OrderedDict(
                block1=Stage(32, 1, 1, 48),
                block2=Stage(48, 2, 3, 104),
                block3=Stage(104, 3, 6, 208),
                block4=Stage(208, 4, 6, 440),
            )
        )
        self.fc = nn.Linear(440, classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.trunk_output(x)
        x = x.mean((2, 3))
        return self.fc(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = RegNetY400mf().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 224, 224))
    print(tuple(outputs.shape))
