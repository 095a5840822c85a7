from torch import Tensor, nn


class ChannelsLastFlatten(nn.Module):
    """Flattens an image in the order height, width, channels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)
