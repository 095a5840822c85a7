"""googlenet_keras: Szegedy et al. 2014, arXiv:1409.4842; named as in torchvision"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ChannelsLastLinear(nn.Linear):
    """A linear map of the channels of an image."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        return F.linear(x, self.weight, self.bias).permute(0, 3, 1, 2)


def pad_same(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    value: float = 0.0,
) -> Tensor:
    """Pad an image for ceil(size / stride) windows, an odd element at the end."""
    pad: list[int] = []
    for axis in (3, 2):
        kernel, step, gap = [
            n if isinstance(n, int) else n[axis - 2]
            for n in (kernel_size, stride, dilation)
        ]
        total = max((kernel - 1) * gap + 1 - step + -x.shape[axis] % step, 0)
        pad += [total // 2, total - total // 2]
    return F.pad(x, pad, value=value)


class Conv2dSame(nn.Conv2d):
    """A convolution padded for ceil(size / stride) windows."""

    def forward(self, x: Tensor) -> Tensor:
        padded = pad_same(x, self.kernel_size, self.stride, self.dilation)
        return F.conv2d(
            padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)


class Conv(nn.Module):
    def __init__(
        self, in_channels: int, filters: int, kernel_size: int = 1, strides: int = 1
    ) -> None:
        super().__init__()
        self.conv = Conv2dSame(in_channels, filters, kernel_size, stride=strides)
        self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(F.relu(self.conv(x), inplace=True))


class Inception(nn.Module):
    def __init__(
        self,
        in_channels: int,
        ch1x1: int,
        ch3x3red: int,
        ch3x3: int,
        ch5x5red: int,
        ch5x5: int,
        pool_proj: int,
    ) -> None:
        super().__init__()
        self.branch1 = Conv(in_channels, ch1x1)
        self.branch2 = nn.Sequential(
            Conv(in_channels, ch3x3red),
            Conv(ch3x3red, ch3x3, kernel_size=3),
        )
        self.branch3 = nn.Sequential(
            Conv(in_channels, ch5x5red),
            Conv(ch5x5red, ch5x5),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1),
            Conv(in_channels, pool_proj),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch1 = self.branch1(x)
        branch2 = self.branch2(x)
        branch3 = self.branch3(x)
        branch4 = self.branch4(x)
        return torch.cat((branch1, branch2, branch3, branch4), dim=1)


class GoogLeNetKeras(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = Conv(3, 64, kernel_size=7, strides=2)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.conv3 = Conv(64, 192, kernel_size=3)
        self.maxpool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = Inception(192, 64, 64, 64, 64, 64, 64)
        self.inception3b = Inception(256, 120, 120, 120, 120, 120, 120)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = Inception(480, 128, 128, 128, 128, 128, 128)
        self.inception4b = Inception(512, 128, 128, 128, 128, 128, 128)
        self.inception4c = Inception(512, 128, 128, 128, 128, 128, 128)
        self.inception4d = Inception(512, 132, 132, 132, 132, 132, 132)
        self.inception4e = Inception(528, 208, 208, 208, 208, 208, 208)
        self.maxpool4 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception5a = Inception(832, 208, 208, 208, 208, 208, 208)
        self.inception5b = Inception(832, 256, 256, 256, 256, 256, 256)
        self.hidden = ChannelsLastLinear(1024, classes)
        self.fc = ChannelsLastLinear(classes, classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.maxpool1(x)
        x = self.conv3(x)
        x = self.maxpool2(x)
        x = self.inception3a(x)
        x = self.inception3b(x)
        x = self.maxpool3(x)
        x = self.inception4a(x)
        x = self.inception4b(x)
        x = self.inception4c(x)
        x = self.inception4d(x)
        x = self.inception4e(x)
        x = self.maxpool4(x)
        x = self.inception5a(x)
        x = self.inception5b(x)
        x = F.dropout(F.adaptive_avg_pool2d(x, 1), 0.4, training=self.training)
        x = F.relu(self.hidden(x), inplace=True)
        return F.softmax(self.fc(x), dim=1)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = GoogLeNetKeras().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 224, 224))
    print(tuple(outputs.shape))
