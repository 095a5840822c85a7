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
    def __init__(self, in_channels: int, filters: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, filters, 3, padding=dilation, dilation=dilation
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.dropout(F.relu(self.conv(x), inplace=True), 0.4, training=self.training)
        return F.max_pool2d(x, 2)


class Tower(nn.Sequential):
    def __init__(self, dilation: int = 1) -> None:
        super().__init__(
            Stage(1, 32, dilation),
            Stage(32, 64, dilation),
            Stage(64, 128, dilation),
        )


class YNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left_tower = Tower()
        self.right_tower = Tower(dilation=2)
        self.fc = nn.Linear(2304, 10)
        initialize(self)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        left_tower = self.left_tower(left)
        right_tower = self.right_tower(right)
        x = torch.cat((left_tower, right_tower), dim=1)
        x = F.dropout(torch.flatten(x, 1), 0.4, training=self.training)
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
