"""resnext50_32x4d: He et al. 2015, arXiv:1512.03385, but the stride is on the 3x3
convolution; ResNeXt is from Xie et al. 2016, arXiv:1611.05431, the wide ones are
from Zagoruyko and Komodakis 2016, arXiv:1605.07146
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


class Projection(nn.Sequential):
    def __init__(self, in_channels: int, filters: int, strides: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, filters, 1, stride=strides, bias=False),
            nn.BatchNorm2d(filters),
        )


class Bottleneck(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, strides: int = 1, project: bool = False
    ) -> None:
        super().__init__()
        inner = filters * 4 // 64 * 32
        self.conv1 = nn.Conv2d(in_channels, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(
            inner, inner, 3, stride=strides, padding=1, groups=32, bias=False
        )
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, 4 * filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * filters)
        self.downsample = (
            Projection(in_channels, 4 * filters, strides) if project else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        downsample = self.downsample(x)
        return F.relu(y + downsample, inplace=True)


class Resnext50x32x4d(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(
            Bottleneck(64, 64, project=True),
            *[Bottleneck(256, 64) for _ in range(2)],
        )
        self.layer2 = nn.Sequential(
            Bottleneck(256, 128, strides=2, project=True),
            *[Bottleneck(512, 128) for _ in range(3)],
        )
        self.layer3 = nn.Sequential(
            Bottleneck(512, 256, strides=2, project=True),
            *[Bottleneck(1024, 256) for _ in range(5)],
        )
        self.layer4 = nn.Sequential(
            Bottleneck(1024, 512, strides=2, project=True),
            *[Bottleneck(2048, 512) for _ in range(2)],
        )
        self.fc = nn.Linear(2048, classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = x.mean((2, 3))
        return self.fc(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = Resnext50x32x4d().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 224, 224))
    print(tuple(outputs.shape))
