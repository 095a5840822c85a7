"""y_network: Atienza, Advanced Deep Learning with TensorFlow 2 and Keras, chapter 2"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class Stage(nn.Module):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        dilation: int,
        kernel_size: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, filters, kernel_size, padding="same", dilation=dilation
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout(F.relu(self.conv(x), inplace=True))
        return F.max_pool2d(x, 2)


class Tower(nn.Sequential):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel_size: int,
        dropout: float,
        dilation: int = 1,
    ) -> None:
        layers: list[nn.Module] = []
        channels = in_channels
        for i in range(3):
            layers.append(
                Stage(channels, filters * 2**i, dilation, kernel_size, dropout)
            )
            channels = filters * 2**i
        super().__init__(*layers)


class YNetwork(nn.Module):
    def __init__(
        self,
        filters: int = 32,
        kernel_size: int = 3,
        dropout: float = 0.4,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.left_tower = Tower(1, filters, kernel_size, dropout)
        self.right_tower = Tower(1, filters, kernel_size, dropout, dilation=2)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(filters * 72, classes)
        initialize(self)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        left_tower = self.left_tower(left)
        right_tower = self.right_tower(right)
        x = torch.cat((left_tower, right_tower), dim=1)
        x = self.dropout(torch.flatten(x, 1))
        return F.softmax(self.fc(x), dim=1)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = YNetwork().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 1, 28, 28), torch.rand(1, 1, 28, 28))
    print(tuple(outputs.shape))
