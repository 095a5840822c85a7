"""siamese."""

import torch
from torch import Tensor, nn


class GlobalAvgPool2d(nn.Module):
    """The mean of each channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            GlobalAvgPool2d(),
        )
        self.same = nn.Linear(64, 1)
        initialize(self)

    def forward(self, first: Tensor, second: Tensor) -> dict[str, Tensor]:
        tower = self.tower(first)
        again = self.tower(second)
        difference = tower - again
        product = tower * again
        x = torch.cat((difference, product), dim=1)
        return {"same": torch.sigmoid(self.same(x)), "features": tower}


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = Siamese().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 1, 28, 28), torch.rand(1, 1, 28, 28))
    for name, output in outputs.items():
        print(name, tuple(output.shape))
