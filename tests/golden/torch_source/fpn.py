"""fpn: after Lin et al. 2016, arXiv:1612.03144"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


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


class FPN(nn.Module):
    def __init__(self, width: int = 32, features: int = 64) -> None:
        super().__init__()
        self.stem = Stage(3, width)
        self.c2 = Stage(width, width)
        self.c3 = Stage(width, 2 * width)
        self.c4 = Stage(2 * width, 4 * width)
        self.p4 = nn.Conv2d(4 * width, features, 1)
        self.p3 = TopDown(2 * width, features)
        self.p2 = TopDown(width, features)
        self.out2 = nn.Conv2d(features, features, 3, padding=1)
        self.out3 = nn.Conv2d(features, features, 3, padding=1)
        self.out4 = nn.Conv2d(features, features, 3, padding=1)
        initialize(self)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.stem(x)
        c2 = self.c2(x)
        c3 = self.c3(c2)
        x = self.c4(c3)
        p4 = self.p4(x)
        p3 = self.p3(c3, p4)
        p2 = self.p2(c2, p3)
        return {"p2": self.out2(p2), "p3": self.out3(p3), "p4": self.out4(p4)}


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = FPN().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 128, 128))
    for name, output in outputs.items():
        print(name, tuple(output.shape))
