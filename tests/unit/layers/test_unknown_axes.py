"""Axes of unknown length: what a layer infers for any length is true of each one, and what needs one is refused."""

from __future__ import annotations

import math
from itertools import product

import pytest

from archspec.errors import UnknownSizeError
from archspec.ir import Axes, Layer, TensorType
from archspec.layers.activation import PReLU, ReLU, Softmax
from archspec.layers.channels import ChannelPadding, ChannelShuffle
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate, Multiply
from archspec.layers.norm import BatchNormalization, LayerNormalization, Scale
from archspec.layers.pool import AdaptiveAveragePooling2D, AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.layers.shape import Cropping2D, Flatten, Permute, Reshape, Slice, ZeroPadding2D

ANY: Axes = (None, None, 6)
WIDE: Axes = (12, None, 6)
ROWS: Axes = (None, 6)

TAKES_ANY: list[tuple[Layer, list[Axes], Axes]] = [
    (Conv2D(filters=8, kernel_size=3, strides=2, padding="same"), [ANY], (None, None, 8)),
    (Conv2D(filters=8, kernel_size=3, strides=2, padding="same"), [WIDE], (6, None, 8)),
    (Conv2D(filters=8, kernel_size=3, dilation_rate=2, groups=2), [ANY], (None, None, 8)),
    (DepthwiseConv2D(kernel_size=5, depth_multiplier=2, padding=1), [ANY], (None, None, 12)),
    (Conv2DTranspose(filters=4, kernel_size=3, strides=2, padding="same"), [ANY], (None, None, 4)),
    (MaxPooling2D(pool_size=3, strides=2, ceil_mode=True), [WIDE], (6, None, 6)),
    (AveragePooling2D(padding="same", count_include_pad=True), [ANY], (None, None, 6)),
    (AdaptiveAveragePooling2D(output_size=(7, 1)), [ANY], (7, 1, 6)),
    (GlobalAveragePooling2D(), [ANY], (6,)),
    (GlobalAveragePooling2D(keepdims=True), [ANY], (1, 1, 6)),
    (UpSampling2D(size=(2, 3)), [WIDE], (24, None, 6)),
    (Resizing(height=5, width=9), [ANY], (5, 9, 6)),
    (Resizing(height=24, width=24, interpolation="nearest"), [(12, 12, 6)], (24, 24, 6)),
    (ZeroPadding2D(padding=((1, 2), (3, 4))), [WIDE], (15, None, 6)),
    (Cropping2D(cropping=1), [WIDE], (10, None, 6)),
    (Slice(axis=1, start=1, step=2), [ANY], (None, None, 6)),
    (Slice(stop=3), [ANY], (None, None, 3)),
    (Reshape(target_shape=(-1, 3)), [ANY], (None, 3)),
    (Permute(dims=(2, 1, 3)), [WIDE], (None, 12, 6)),
    (Dense(units=5), [ROWS], (None, 5)),
    (Add(), [ANY, ANY, (1, 1, 6)], ANY),
    (Multiply(), [(1, 1, 6), WIDE], WIDE),
    (Concatenate(), [ANY, (None, None, 2)], (None, None, 8)),
    (Concatenate(axis=1), [WIDE, WIDE], (24, None, 6)),
    (Concatenate(axis=1), [ANY, ANY], ANY),
    (ChannelShuffle(groups=3), [ANY], ANY),
    (ChannelPadding(padding=1), [ANY], (None, None, 8)),
    (PReLU(shared_axes=(1, 2)), [ANY], ANY),
    (ReLU(), [ANY], ANY),
    (Softmax(axis=1), [ROWS], ROWS),
    (BatchNormalization(), [ANY], ANY),
    (LayerNormalization(), [ROWS], ROWS),
    (Scale(), [ANY], ANY),
]


@pytest.mark.parametrize(("layer", "inputs", "output"), TAKES_ANY, ids=str)
def test_what_is_inferred_is_true_of_each_length(layer: Layer, inputs: list[Axes], output: Axes) -> None:
    types = [TensorType(axes) for axes in inputs]
    found = layer.infer(types)
    assert found == TensorType(output)
    for height, width in product((12, 13), repeat=2):
        known = [TensorType(_at(axes, height, width)) for axes in inputs]
        shape = layer.infer(known).shape
        assert len(shape) == len(output)
        assert all(axis in (None, size) for axis, size in zip(output, shape, strict=True))
        assert layer.weights(known) == layer.weights(types)
    if None in output:
        sizes = {math.prod(layer.infer([TensorType(_at(axes, *size)) for axes in inputs]).shape) for size in GROWING}
        assert len(sizes) > 1, "the length is always one, and could be known"


GROWING = ((12, 12), (24, 36))


def _at(axes: Axes, height: int, width: int) -> tuple[int, ...]:
    return tuple((height, width)[index % 2] if axis is None else axis for index, axis in enumerate(axes))


@pytest.mark.parametrize(
    ("layer", "inputs", "message"),
    [
        (
            Flatten(),
            [ANY],
            "how many features it gives depends on the height and the width of (?, ?, 6), which are unknown",
        ),
        (Flatten(), [ROWS], "how many features it gives depends on axis 1 of (?, 6), which is unknown"),
        (
            Reshape(target_shape=(4, -1)),
            [WIDE],
            "whether its input fills (4, -1) depends on the width of (12, ?, 6), which is unknown",
        ),
        (
            Permute(dims=(3, 1, 2)),
            [WIDE],
            "the number of channels that it gives depends on the width of (12, ?, 6), which is unknown",
        ),
        (
            PReLU(shared_axes=(1,)),
            [ANY],
            "how many slopes it has depends on the width of (?, ?, 6), which is unknown",
        ),
        (
            Resizing(height=8, width=8, interpolation="nearest"),
            [ANY],
            'whether "nearest" is exact depends on the height and the width of (?, ?, 6), which are unknown',
        ),
        (
            Add(),
            [(12, 12, 6), WIDE],
            "whether inputs (12, 12, 6) and (12, ?, 6) have the same shape depends on the width of (12, ?, 6), "
            "which is unknown",
        ),
        (
            Concatenate(),
            [ANY, WIDE],
            "whether inputs (?, ?, 6) and (12, ?, 6) can be joined depends on the height and the width of (?, ?, 6), "
            "which are unknown",
        ),
    ],
)
def test_what_needs_a_length_is_refused(layer: Layer, inputs: list[Axes], message: str) -> None:
    with pytest.raises(UnknownSizeError) as refusal:
        layer.infer([TensorType(axes) for axes in inputs])
    assert str(refusal.value) == message


def test_a_type_with_an_unknown_axis_has_no_shape() -> None:
    kind = TensorType(ANY)
    assert str(kind) == "float32[?, ?, 6]"
    assert not kind.is_known
    assert kind.channels == 6
    for ask in (lambda: kind.shape, lambda: kind.size):
        with pytest.raises(UnknownSizeError, match=r"\(\?, \?, 6\) has an axis of unknown length"):
            ask()
