"""Channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Layer, TensorType, WeightSpec
from archspec.layers.attributes import Check, Number, Size, refuse, whole
from archspec.layers.axes import features
from archspec.layers.window import image


def _before_and_after(value: object) -> tuple[int, int]:
    otherwise = "must be a whole number or two of them, as [before, after]"
    ends = value if isinstance(value, list | tuple) else (value, value)
    if len(ends) != 2:
        refuse(otherwise)
    return whole(ends[0], 0, otherwise), whole(ends[1], 0, otherwise)


BeforeAndAfter = Annotated[tuple[int, int], Check(_before_and_after)]
"""(before, after), both from 0."""


class ChannelShuffle(Layer):
    """An image whose groups of channels are dealt out one channel at a time.

    Zhang et al. 2018 (ShuffleNet): the channels as (groups, channels / groups) are transposed; channel i of group g
    becomes channel i * groups + g.
    """

    groups: Size

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        channels = features(image(inputs[0].axes))
        if channels % self.groups:
            raise ShapeError(f"{self.groups} groups do not divide the input's {channels} channels")
        return inputs[0]


class ChannelPadding(Layer):
    """Channels of zeros before and after the input's own.

    He et al. 2015 pad so in option A, the shortcut without weights of their networks for CIFAR-10.
    """

    padding: BeforeAndAfter

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        (read,) = inputs
        return read.with_axes((*read.axes[:-1], features(read.axes) + sum(self.padding)))


_LOW, _HIGH = (-1.5, -0.1), (0.1, 1.5)
"""The bounds as training could leave them."""


class ChannelClip(Layer):
    """min(max(x, low), high) with two bounds for each channel, which are learned and begin as two numbers.

    A batch normalisation, a ReLU and a layer that sums products are such a clip and other sums: relu(s * x + b) is
    s * clip(x) + b with -b / s for one of the bounds.
    """

    feature_order = "kept"
    silent = frozenset({"initial_low", "initial_high"})
    initial_low: Number = 0.0
    initial_high: Number = 6.0

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        features(inputs[0].axes)
        return inputs[0]

    @override
    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels,)
        low = WeightSpec("low", shape, self.initial_low, drawn=_LOW, features=0)
        return low, WeightSpec("high", shape, self.initial_high, drawn=_HIGH, features=0)
