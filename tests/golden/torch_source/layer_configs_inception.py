"""layer_configs_inception: the layer_configs listing in 'CNN Architecture',
katherinaxxx.github.io, 2019, after arXiv:1409.4842
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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


def max_pool2d_same(
    x: Tensor, kernel_size: int | tuple[int, int], stride: int | tuple[int, int]
) -> Tensor:
    """Max pooling padded for ceil(size / stride) windows."""
    x = pad_same(x, kernel_size, stride, value=float("-inf"))
    return F.max_pool2d(x, kernel_size, stride)


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class Inception(nn.Module):
    def __init__(
        self,
        in_channels: int,
        conv1: int,
        reduce3: int,
        conv3: int,
        reduce5: int,
        conv5: int,
        pool: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, conv1, 1)
        self.reduce3 = nn.Conv2d(in_channels, reduce3, 1)
        self.conv3 = nn.Conv2d(reduce3, conv3, 3, padding=1)
        self.reduce5 = nn.Conv2d(in_channels, reduce5, 1)
        self.conv5 = nn.Conv2d(reduce5, conv5, 5, padding=2)
        self.pool = nn.Conv2d(in_channels, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1(x), inplace=True)
        z = F.relu(self.reduce3(x), inplace=True)
        z = F.relu(self.conv3(z), inplace=True)
        u = F.relu(self.reduce5(x), inplace=True)
        u = F.relu(self.conv5(u), inplace=True)
        x = F.relu(self.pool(F.max_pool2d(x, 3, stride=1, padding=1)), inplace=True)
        return torch.cat((y, z, u, x), dim=1)


class LayerConfigsInception(nn.Module):
    def __init__(self, classes: int = 100) -> None:
        super().__init__()
        self.conv1 = Conv2dSame(3, 64, 7, stride=2)
        self.conv2 = nn.Conv2d(64, 64, 1)
        self.conv3 = nn.Conv2d(64, 192, 3, padding=1)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 96)
        self.inception4a = Inception(512, 192, 96, 208, 16, 48, 64)
        self.conv4 = nn.Conv2d(512, 128, 1)
        self.fc1 = nn.Linear(128, 1024)
        self.fc2 = nn.Linear(1024, classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x), inplace=True)
        x = max_pool2d_same(x, 3, stride=2)
        x = F.relu(self.conv2(x), inplace=True)
        x = F.relu(self.conv3(x), inplace=True)
        x = max_pool2d_same(x, 3, stride=2)
        x = self.inception3a(x)
        x = self.inception3b(x)
        x = max_pool2d_same(x, 3, stride=2)
        x = self.inception4a(x)
        x = F.avg_pool2d(x, 2, stride=3)
        x = F.relu(self.conv4(x), inplace=True)
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.fc1(x), inplace=True), 0.7, training=self.training)
        return F.softmax(self.fc2(x), dim=1)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = LayerConfigsInception().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 32, 32))
    print(tuple(outputs.shape))
