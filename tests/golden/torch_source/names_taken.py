"""names_taken."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class Block(nn.Module):
    def __init__(self, in_channels: int, channels_: int, layers_: int = 2) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = in_channels
        for _ in range(layers_):
            layers.append(nn.Conv2d(channels, channels_, 3, padding=1))
            channels = channels_
        self.convs = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.convs(x), inplace=True)


class NamesTaken(nn.Module):
    def __init__(self, channels_: int = 16, layers_: int = 3) -> None:
        super().__init__()
        self.a = Block(3, channels_)
        self.b = Block(channels_, 2 * channels_, layers_=layers_)
        self.fc = nn.Linear(2 * channels_, 10)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        x = self.b(x)
        x = x.mean((2, 3))
        return self.fc(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = NamesTaken().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 32, 32))
    print(tuple(outputs.shape))
