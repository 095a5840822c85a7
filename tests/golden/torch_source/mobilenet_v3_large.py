"""mobilenet_v3_large: Howard et al. 2019, arXiv:1905.02244; named as in torchvision"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def make_divisible(value: float, divisor: int) -> int:
    """The multiple of the divisor nearest to a number of channels, at least 0.9 of it."""
    multiple = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return multiple + divisor if multiple < 0.9 * value else multiple


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)


class Conv(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel_size: int = 1,
        strides: int = 1,
        activation: type[nn.Module] | None = nn.Hardswish,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(
                in_channels,
                filters,
                kernel_size,
                stride=strides,
                padding=kernel_size // 2,
                bias=False,
            ),
            nn.BatchNorm2d(filters, eps=0.001, momentum=0.01),
        ]
        if activation is not None:
            layers.append(activation())
        super().__init__(*layers)


class DepthwiseConv(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        kernel_size: int,
        strides: int,
        activation: type[nn.Module],
    ) -> None:
        super().__init__(
            nn.Conv2d(
                in_channels,
                in_channels,
                kernel_size,
                stride=strides,
                padding=kernel_size // 2,
                groups=in_channels,
                bias=False,
            ),
            nn.BatchNorm2d(in_channels, eps=0.001, momentum=0.01),
            activation(),
        )


class SqueezeExcitation(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(in_channels, make_divisible(in_channels // 4, 8), 1)
        self.fc2 = nn.Conv2d(make_divisible(in_channels // 4, 8), in_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = F.adaptive_avg_pool2d(x, 1)
        y = F.relu(self.fc1(y), inplace=True)
        fc2 = F.hardsigmoid(self.fc2(y), inplace=True)
        return fc2 * x


class InvertedResidual(nn.Module):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel_size: int,
        strides: int,
        expanded: int,
        excite: bool,
        activation: type[nn.Module],
    ) -> None:
        super().__init__()
        self.skip = strides == 1 and in_channels == filters
        layers: list[nn.Module] = []
        if expanded != in_channels:
            layers.append(Conv(in_channels, expanded, activation=activation))
        layers.append(DepthwiseConv(expanded, kernel_size, strides, activation))
        if excite:
            layers.append(SqueezeExcitation(expanded))
        layers.append(Conv(expanded, filters, activation=None))
        self.block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        block = self.block(x)
        return block + x if self.skip else block


class MobileNetV3Large(nn.Module):
    def __init__(self, width: float = 1.0, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            Conv(3, make_divisible(16 * width, 8), kernel_size=3, strides=2)
        ]
        channels = make_divisible(16 * width, 8)
        for kernel_size, expanded, filters, excite, activation, strides in [
            (3, 16, 16, False, nn.ReLU, 1),
            (3, 64, 24, False, nn.ReLU, 2),
            (3, 72, 24, False, nn.ReLU, 1),
            (5, 72, 40, True, nn.ReLU, 2),
            (5, 120, 40, True, nn.ReLU, 1),
            (5, 120, 40, True, nn.ReLU, 1),
            (3, 240, 80, False, nn.Hardswish, 2),
            (3, 200, 80, False, nn.Hardswish, 1),
            (3, 184, 80, False, nn.Hardswish, 1),
            (3, 184, 80, False, nn.Hardswish, 1),
            (3, 480, 112, True, nn.Hardswish, 1),
            (3, 672, 112, True, nn.Hardswish, 1),
            (5, 672, 160, True, nn.Hardswish, 2),
            (5, 960, 160, True, nn.Hardswish, 1),
            (5, 960, 160, True, nn.Hardswish, 1),
        ]:
            layers.append(
                InvertedResidual(
                    channels,
                    make_divisible(filters * width, 8),
                    kernel_size,
                    strides,
                    make_divisible(expanded * width, 8),
                    excite,
                    activation,
                )
            )
            channels = make_divisible(filters * width, 8)
        layers.append(Conv(channels, 6 * channels))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, make_divisible(1280 * width, 8)),
            nn.Hardswish(inplace=True),
            nn.Dropout(0.2),
            nn.Linear(make_divisible(1280 * width, 8), classes),
        )
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = x.mean((2, 3))
        return self.classifier(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = MobileNetV3Large().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 224, 224))
    print(tuple(outputs.shape))
