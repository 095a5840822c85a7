"""stages."""

import torch
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class Stages(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        initialize(self)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        half = self.features[:3](x)
        quarter = self.features[3:6](half)
        return {"half": half, "quarter": quarter, "deepest": self.features[6:](quarter)}


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = Stages().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 64, 64))
    for name, output in outputs.items():
        print(name, tuple(output.shape))
