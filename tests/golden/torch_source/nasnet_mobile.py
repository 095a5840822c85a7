"""nasnet_mobile: Zoph et al. 2017, arXiv:1707.07012, as keras.applications has it"""

import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def he_normal_(weight: Tensor) -> Tensor:
    """Draw from a normal distribution cut off at two deviations, of variance 2 / fan_in."""
    std = math.sqrt(2 / weight[0].numel()) / 0.87962566103423978
    return nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std)


def initialize(model: nn.Module) -> None:
    for name, module in model.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            if name.endswith(("conv", "conv1", "conv2")):
                he_normal_(module.weight)
            else:
                nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class HalvingProjection(nn.Module):
    def __init__(self, in_channels: int, filters: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, filters // 2, 1, bias=False)
        self.conv2 = nn.Conv2d(in_channels, filters // 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.0003)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(x)
        y = F.avg_pool2d(x, 1, stride=2)
        y = self.conv1(y)
        x = F.pad(x, (0, 1, 0, 1))
        x = x[:, :, 1:, 1:]
        x = F.avg_pool2d(x, 1, stride=2)
        x = self.conv2(x)
        return self.bn(torch.cat((y, x), dim=1))


class Projection(nn.Module):
    def __init__(self, in_channels: int, filters: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, filters, 1, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.0003)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(F.relu(x)))


class Separable(nn.Module):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        odd: int = 0,
    ) -> None:
        super().__init__()
        half = kernel_size // 2
        self.pad = (
            nn.ZeroPad2d((half - 1 + odd, half, half - 1 + odd, half))
            if strides > 1
            else nn.Identity()
        )
        self.conv1 = nn.Sequential(
            OrderedDict(
                depthwise=nn.Conv2d(
                    in_channels,
                    in_channels,
                    kernel_size,
                    stride=strides,
                    padding="valid" if strides > 1 else "same",
                    groups=in_channels,
                    bias=False,
                ),
                pointwise=nn.Conv2d(in_channels, filters, 1, bias=False),
            )
        )
        self.bn1 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.0003)
        self.conv2 = nn.Sequential(
            OrderedDict(
                depthwise=nn.Conv2d(
                    filters,
                    filters,
                    kernel_size,
                    padding=kernel_size // 2,
                    groups=filters,
                    bias=False,
                ),
                pointwise=nn.Conv2d(filters, filters, 1, bias=False),
            )
        )
        self.bn2 = nn.BatchNorm2d(filters, eps=0.001, momentum=0.0003)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(x)
        x = self.pad(x)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.bn2(self.conv2(x))


class Reduction(nn.Module):
    def __init__(
        self, current_channels: int, previous_channels: int, filters: int, odd: int
    ) -> None:
        super().__init__()
        self.h = Projection(current_channels, filters)
        self.padded = nn.ZeroPad2d((odd, 1, odd, 1))
        self.left1 = Separable(filters, filters, 5, strides=2, odd=odd)
        self.right1 = Separable(previous_channels, filters, 7, strides=2, odd=odd)
        self.left2 = nn.MaxPool2d(3, stride=2)
        self.right2 = Separable(previous_channels, filters, 7, strides=2, odd=odd)
        self.left3 = nn.AvgPool2d(3, stride=2)
        self.right3 = Separable(previous_channels, filters, 5, strides=2, odd=odd)
        self.right4 = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.left5 = Separable(filters, filters, 3)
        self.right5 = nn.MaxPool2d(3, stride=2)

    def forward(self, current: Tensor, previous: Tensor) -> Tensor:
        h = self.h(current)
        padded = self.padded(h)
        left1 = self.left1(h)
        right1 = self.right1(previous)
        sum1 = left1 + right1
        left2 = self.left2(padded)
        right2 = self.right2(previous)
        sum2 = left2 + right2
        left3 = self.left3(padded)
        right3 = self.right3(previous)
        sum3 = left3 + right3
        right4 = self.right4(sum1)
        sum4 = sum2 + right4
        left5 = self.left5(sum1)
        right5 = self.right5(padded)
        sum5 = left5 + right5
        return torch.cat((sum2, sum3, sum4, sum5), dim=1)


class ReductionCell(nn.Module):
    def __init__(
        self,
        current_channels: int,
        previous_channels: int,
        filters: int,
        odd: int,
        fit: type[nn.Module] | str = Projection,
    ) -> None:
        super().__init__()
        self.has_halving_projection = fit != "none"
        if fit != "none":
            self.fit = fit(previous_channels, filters)
        self.body = Reduction(
            current_channels,
            filters if fit != "none" else current_channels,
            filters,
            odd,
        )

    def forward(self, current: Tensor, previous: Tensor) -> Tensor:
        x = self.fit(previous) if self.has_halving_projection else current
        return self.body(current, x)


class Normal(nn.Module):
    def __init__(
        self, current_channels: int, previous_channels: int, filters: int
    ) -> None:
        super().__init__()
        self.h = Projection(current_channels, filters)
        self.left1 = Separable(filters, filters, 5)
        self.right1 = Separable(previous_channels, filters, 3)
        self.left2 = Separable(previous_channels, filters, 5)
        self.right2 = Separable(previous_channels, filters, 3)
        self.left3 = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.left4 = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.right4 = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.left5 = Separable(filters, filters, 3)

    def forward(self, current: Tensor, previous: Tensor) -> Tensor:
        h = self.h(current)
        left1 = self.left1(h)
        right1 = self.right1(previous)
        sum1 = left1 + right1
        left2 = self.left2(previous)
        right2 = self.right2(previous)
        sum2 = left2 + right2
        left3 = self.left3(h)
        sum3 = left3 + previous
        left4 = self.left4(previous)
        right4 = self.right4(previous)
        sum4 = left4 + right4
        left5 = self.left5(h)
        sum5 = left5 + h
        return torch.cat((previous, sum1, sum2, sum3, sum4, sum5), dim=1)


class NormalCell(nn.Module):
    def __init__(
        self,
        current_channels: int,
        previous_channels: int,
        filters: int,
        fit: type[nn.Module] = Projection,
    ) -> None:
        super().__init__()
        self.fit = fit(previous_channels, filters)
        self.body = Normal(current_channels, filters, filters)

    def forward(self, current: Tensor, previous: Tensor) -> Tensor:
        x = self.fit(previous)
        return self.body(current, x)


class NASNetMobile(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.cell0 = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 32, 3, stride=2, bias=False),
                bn=nn.BatchNorm2d(32, eps=0.001, momentum=0.0003),
            )
        )
        self.cell1 = ReductionCell(32, 32, 11, 1, fit="none")
        self.cell2 = ReductionCell(44, 32, 22, 0, fit=HalvingProjection)
        self.cell3 = NormalCell(88, 44, 44, fit=HalvingProjection)
        self.cell4 = NormalCell(264, 88, 44)
        self.cell5 = NormalCell(264, 264, 44)
        self.cell6 = NormalCell(264, 264, 44)
        self.cell7 = ReductionCell(264, 264, 88, 0)
        self.cell8 = NormalCell(352, 264, 88, fit=HalvingProjection)
        self.cell9 = NormalCell(528, 352, 88)
        self.cell10 = NormalCell(528, 528, 88)
        self.cell11 = NormalCell(528, 528, 88)
        self.cell12 = ReductionCell(528, 528, 176, 0)
        self.cell13 = NormalCell(704, 528, 176, fit=HalvingProjection)
        self.cell14 = NormalCell(1056, 704, 176)
        self.cell15 = NormalCell(1056, 1056, 176)
        self.cell16 = NormalCell(1056, 1056, 176)
        self.predictions = nn.Linear(1056, classes)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        cell0 = self.cell0(x)
        cell1 = self.cell1(cell0, cell0)
        cell2 = self.cell2(cell1, cell0)
        cell3 = self.cell3(cell2, cell1)
        cell4 = self.cell4(cell3, cell2)
        cell5 = self.cell5(cell4, cell3)
        cell6 = self.cell6(cell5, cell4)
        cell7 = self.cell7(cell6, cell5)
        cell8 = self.cell8(cell7, cell6)
        cell9 = self.cell9(cell8, cell7)
        cell10 = self.cell10(cell9, cell8)
        cell11 = self.cell11(cell10, cell9)
        cell12 = self.cell12(cell11, cell10)
        cell13 = self.cell13(cell12, cell11)
        cell14 = self.cell14(cell13, cell12)
        cell15 = self.cell15(cell14, cell13)
        x = F.relu(self.cell16(cell15, cell14), inplace=True)
        x = x.mean((2, 3))
        return self.predictions(x)


if __name__ == "__main__":
    from pathlib import Path

    from safetensors.torch import load_file

    model = NASNetMobile().eval()
    weights = Path(__file__).with_name("model.safetensors")
    if weights.exists():
        model.load_state_dict(load_file(weights))
    with torch.inference_mode():
        outputs = model(torch.rand(1, 3, 224, 224))
    print(tuple(outputs.shape))
