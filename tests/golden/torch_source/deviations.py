"""deviations."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def bounded_relu(
    x: Tensor,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
) -> Tensor:
    """Pass x above `threshold` up to `max_value`, and a line of another slope below."""
    upper = x if max_value is None else x.clamp(max=max_value)
    return torch.where(x > threshold, upper, negative_slope * (x - threshold))


class BoundedReLU(nn.Module):
    """Pass x above `threshold` up to `max_value`, and a line of another slope below."""

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
    ) -> None:
        super().__init__()
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        return bounded_relu(x, self.max_value, self.negative_slope, self.threshold)


class ChannelsLastLinear(nn.Linear):
    """A linear map of the channels of an image."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        return F.linear(x, self.weight, self.bias).permute(0, 3, 1, 2)


class ChannelsLastReshape(nn.Module):
    """Reshapes images as if they were (height, width, channels)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 4:
            x = x.permute(0, 2, 3, 1)
        x = x.reshape(x.shape[0], *self.shape)
        return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


class ElementwisePReLU(nn.Module):
    """A PReLU with a slope for each place of a sample of this shape."""

    def __init__(self, shape: tuple[int, ...], init: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, init))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x) - self.weight * F.relu(-x)


class GlobalMaxPool2d(nn.Module):
    """The largest element of each channel."""

    def __init__(self, keepdim: bool = False) -> None:
        super().__init__()
        self.keepdim = keepdim

    def forward(self, x: Tensor) -> Tensor:
        return x.amax((2, 3), keepdim=self.keepdim)


def padded_avg_pool2d(
    x: Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    ceil_mode: bool = False,
    *,
    pad: tuple[int, int, int, int],
) -> Tensor:
    """Average pooling with uncounted padding: left, right, top and bottom."""
    inside = F.pad(torch.ones_like(x[:1, :1]), pad)
    counted = F.avg_pool2d(inside, kernel_size, stride, ceil_mode=ceil_mode)
    mean = F.avg_pool2d(F.pad(x, pad), kernel_size, stride, ceil_mode=ceil_mode)
    return mean / counted


class PaddedAvgPool2d(nn.AvgPool2d):
    """Average pooling with uncounted padding: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        return padded_avg_pool2d(
            x, self.kernel_size, self.stride, self.ceil_mode, pad=self.pad
        )


class PaddedConv2d(nn.Conv2d):
    """A convolution padded by `pad`: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.pad)
        return F.conv2d(
            x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


class PaddedMaxPool2d(nn.MaxPool2d):
    """Max pooling padded by `pad`: left, right, top and bottom."""

    def __init__(self, *args, pad: tuple[int, int, int, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.pad = pad

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x, self.pad, value=float("-inf"))
        return F.max_pool2d(x, self.kernel_size, self.stride, ceil_mode=self.ceil_mode)


class PartialBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation without the scale or without the shift."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        scale: bool = True,
        center: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum)
        if not scale:
            self.register_parameter("weight", None)
        if not center:
            self.register_parameter("bias", None)


class Scale2d(nn.Module):
    """A factor and a shift for each channel of an image."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight[:, None, None] + self.bias[:, None, None]


def initialize(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


class Deviations(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lopsided = PaddedConv2d(4, 8, 4, stride=2, pad=(2, 1, 0, 1))
        self.centred = PartialBatchNorm2d(8, eps=0.001, momentum=0.01, scale=False)
        self.slopes = ElementwisePReLU((8, 1, 16))
        self.scale = Scale2d(8)
        self.deepest = PaddedMaxPool2d(3, stride=2, pad=(0, 1, 1, 0))
        self.response = nn.LocalResponseNorm(3, alpha=0.003)
        self.uncounted = PaddedAvgPool2d(3, stride=1, pad=(1, 1, 2, 0))
        self.bounded = BoundedReLU(max_value=4.0, negative_slope=0.1, threshold=0.5)
        self.channels = ChannelsLastLinear(8, 6)
        self.turned = ChannelsLastReshape((6, -1, 2))
        self.largest = GlobalMaxPool2d()
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        x = self.slopes(self.centred(self.lopsided(x)))
        x = self.response(self.deepest(self.scale(x)))
        x = self.channels(self.bounded(self.uncounted(x)))
        x = self.turned(F.gelu(x))
        return self.largest(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = Deviations().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 4, 30, 31))
    print(tuple(outputs.shape))
