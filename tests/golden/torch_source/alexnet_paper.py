"""alexnet_paper: Krizhevsky et al. 2012 (NIPS 25); alexnet is Krizhevsky 2014,
arXiv:1404.5997, named as in torchvision
"""

import torch
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class AlexNetPaper(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for stage, (filters, kernel, padding, groups) in enumerate(
            zip(
                [96, 256, 384, 384, 256],
                [11, 5, 3, 3, 3],
                [0, 2, 1, 1, 1],
                [1, 2, 1, 2, 2],
                strict=True,
            ),
            1,
        ):
            layers.append(
                nn.Conv2d(
                    channels,
                    filters,
                    kernel,
                    stride=4 if stage == 1 else 1,
                    padding=padding,
                    groups=groups,
                )
            )
            layers.append(nn.ReLU(inplace=True))
            if stage <= 2:
                layers.append(nn.LocalResponseNorm(5, alpha=0.0005, k=2.0))
            if stage <= 2 or stage == 5:
                layers.append(nn.MaxPool2d(3, stride=2))
            channels = filters
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(9216, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, classes),
            nn.Softmax(dim=1),
        )
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = AlexNetPaper().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 227, 227))
    print(tuple(outputs.shape))
