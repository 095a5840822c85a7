"""Channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Layer, TensorType
from archspec.layers.attributes import Check, Size, refuse, whole
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
