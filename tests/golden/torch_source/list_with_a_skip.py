"""list_with_a_skip."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class ListWithASkip(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.conv3 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.fc1 = nn.Linear(4096, 64)
        self.fc2 = nn.Linear(64, 10)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x), inplace=True)
        y = F.relu(self.bn1(self.conv2(x)), inplace=True)
        y = self.bn2(self.conv3(y))
        x = F.relu(y + x, inplace=True)
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x), inplace=True)
        return self.fc2(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = ListWithASkip().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 32, 32))
    print(tuple(outputs.shape))
