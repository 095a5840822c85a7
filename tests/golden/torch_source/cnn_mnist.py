"""cnn_mnist: Atienza, Advanced Deep Learning with TensorFlow 2 and Keras, chapter 2"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class CnnMnist(nn.Module):
    def __init__(
        self, filters: int = 64, dropout: float = 0.3, classes: int = 10
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, filters, 3)
        self.conv2 = nn.Conv2d(filters, filters, 3)
        self.conv3 = nn.Conv2d(filters, filters, 3)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(filters * 9, classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x), inplace=True)
        x = F.max_pool2d(x, 2)
        x = F.relu(self.conv2(x), inplace=True)
        x = F.max_pool2d(x, 2)
        x = F.relu(self.conv3(x), inplace=True)
        x = self.dropout(torch.flatten(x, 1))
        return F.softmax(self.fc(x), dim=1)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = CnnMnist().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 1, 28, 28))
    print(tuple(outputs.shape))
