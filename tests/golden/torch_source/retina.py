"""retina: after Lin et al. 2017, arXiv:1708.02002"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=0.05)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    nn.init.constant_(model.classes.predict.bias, -4.6)


class Stage(nn.Module):
    def __init__(self, in_channels: int, filters: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, filters, 3, stride=2, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)), inplace=True)


class TopDown(nn.Module):
    def __init__(self, stage_channels: int, features: int) -> None:
        super().__init__()
        self.lateral = nn.Conv2d(stage_channels, features, 1)
        self.upsampled = nn.Upsample(scale_factor=2)

    def forward(self, stage: Tensor, above: Tensor) -> Tensor:
        lateral = self.lateral(stage)
        upsampled = self.upsampled(above)
        return lateral + upsampled


class Head(nn.Module):
    def __init__(
        self, in_channels: int, features: int, outputs: int, depth: int
    ) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            *[
                nn.Sequential(
                    OrderedDict(
                        conv=nn.Conv2d(in_channels, features, 3, padding=1, bias=False),
                        bn=nn.BatchNorm2d(features, eps=0.001, momentum=0.01),
                        relu=nn.ReLU(inplace=True),
                    )
                )
                for _ in range(depth)
            ]
        )
        self.predict = nn.Conv2d(in_channels, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.tower(x)
        return self.predict(x)


class RetinaNet(nn.Module):
    def __init__(
        self, classes: int = 4, anchors: int = 3, features: int = 32, depth: int = 4
    ) -> None:
        super().__init__()
        self.stem = Stage(3, 16)
        self.c2 = Stage(16, 16)
        self.c3 = Stage(16, 32)
        self.c4 = Stage(32, 64)
        self.c5 = Stage(64, 128)
        self.p5 = nn.Conv2d(128, features, 1)
        self.p4 = TopDown(64, features)
        self.p3 = TopDown(32, features)
        self.p6 = nn.Conv2d(128, features, 3, stride=2, padding=1)
        self.relu = nn.ReLU()
        self.p7 = nn.Conv2d(features, features, 3, stride=2, padding=1)
        self.classes = Head(features, features, classes * anchors, depth)
        self.boxes = Head(features, features, 4 * anchors, depth)
        initialize(self)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.stem(x)
        x = self.c2(x)
        c3 = self.c3(x)
        c4 = self.c4(c3)
        c5 = self.c5(c4)
        p5 = self.p5(c5)
        p4 = self.p4(c4, p5)
        p3 = self.p3(c3, p4)
        p6 = self.p6(c5)
        p7 = self.p7(self.relu(p6))
        return {
            "classes_p3": self.classes(p3),
            "classes_p4": self.classes(p4),
            "classes_p5": self.classes(p5),
            "classes_p6": self.classes(p6),
            "classes_p7": self.classes(p7),
            "boxes_p3": self.boxes(p3),
            "boxes_p4": self.boxes(p4),
            "boxes_p5": self.boxes(p5),
            "boxes_p6": self.boxes(p6),
            "boxes_p7": self.boxes(p7),
        }


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = RetinaNet().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 224, 224))
    for name, output in outputs.items():
        print(name, tuple(output.shape))
