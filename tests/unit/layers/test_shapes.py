"""Shapes, weights and costs of each layer, and the sentences for inputs that do not fit."""

from __future__ import annotations

import math

import pytest

from archspec.errors import ShapeError
from archspec.ir import Layer, Shape, TensorType
from archspec.layers.activation import PReLU, Softmax
from archspec.layers.channels import ChannelPadding, ChannelShuffle
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate, Multiply
from archspec.layers.norm import BatchNormalization, LayerNormalization, Normalization, Rescaling, Scale
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.layers.shape import Cropping2D, Flatten, Permute, Reshape, Slice, ZeroPadding2D

IMAGE = (32, 30, 6)


def typed(inputs: list[Shape]) -> list[TensorType]:
    return [TensorType(shape) for shape in inputs]


@pytest.mark.parametrize(
    ("layer", "inputs", "output"),
    [
        (Conv2D(filters=8, kernel_size=(3, 3)), [IMAGE], (30, 28, 8)),
        (Conv2D(filters=8, kernel_size=(3, 3), padding="same", strides=(2, 2)), [IMAGE], (16, 15, 8)),
        (Conv2D(filters=8, kernel_size=(3, 3), dilation_rate=(2, 2)), [IMAGE], (28, 26, 8)),
        (DepthwiseConv2D(kernel_size=(3, 3), depth_multiplier=2), [IMAGE], (30, 28, 12)),
        (Dense(units=5), [(7, 6)], (7, 5)),
        (MaxPooling2D(pool_size=(3, 3), strides=(2, 2), ceil_mode=True), [IMAGE], (16, 15, 6)),
        (AdaptiveAveragePooling2D(output_size=7), [IMAGE], (7, 7, 6)),
        (AdaptiveMaxPooling2D(output_size=(40, 1)), [IMAGE], (40, 1, 6)),
        (GlobalAveragePooling2D(), [IMAGE], (6,)),
        (GlobalAveragePooling2D(keepdims=True), [IMAGE], (1, 1, 6)),
        (Flatten(), [IMAGE], (math.prod(IMAGE),)),
        (Reshape(target_shape=(-1, 6)), [IMAGE], (960, 6)),
        (ZeroPadding2D(padding=((1, 2), (3, 4))), [IMAGE], (35, 37, 6)),
        (Concatenate(), [IMAGE, (32, 30, 2)], (32, 30, 8)),
        (Concatenate(axis=1), [IMAGE, (2, 30, 6)], (34, 30, 6)),
        (Add(), [IMAGE, IMAGE, IMAGE], IMAGE),
        (Multiply(), [IMAGE, (1, 1, 6)], IMAGE),
        (Multiply(), [(1, 1, 6), IMAGE], IMAGE),
        (BatchNormalization(axis=3), [IMAGE], IMAGE),
        (LayerNormalization(), [(7, 6)], (7, 6)),
        (Conv2DTranspose(filters=8, kernel_size=3, strides=2), [IMAGE], (65, 61, 8)),
        (Conv2DTranspose(filters=8, kernel_size=2, strides=3), [IMAGE], (96, 90, 8)),
        (Conv2DTranspose(filters=8, kernel_size=3, strides=2, padding="same"), [IMAGE], (64, 60, 8)),
        (Conv2DTranspose(filters=8, kernel_size=4, strides=2, padding=1), [IMAGE], (64, 60, 8)),
        (Conv2DTranspose(filters=8, kernel_size=3, strides=2, padding=1, output_padding=1), [IMAGE], (64, 60, 8)),
        (Conv2DTranspose(filters=8, kernel_size=3, dilation_rate=2), [IMAGE], (36, 34, 8)),
        (Cropping2D(cropping=((1, 2), (3, 4))), [IMAGE], (29, 23, 6)),
        (Slice(stop=3), [IMAGE], (32, 30, 3)),
        (Slice(start=-2), [IMAGE], (32, 30, 2)),
        (Slice(axis=1, start=1, stop=99, step=2), [IMAGE], (16, 30, 6)),
        (Permute(dims=(3, 1, 2)), [IMAGE], (6, 32, 30)),
        (ChannelShuffle(groups=3), [IMAGE], IMAGE),
        (ChannelPadding(padding=(1, 2)), [IMAGE], (32, 30, 9)),
        (UpSampling2D(size=(2, 3)), [IMAGE], (64, 90, 6)),
        (Resizing(height=5, width=40), [IMAGE], (5, 40, 6)),
        (Resizing(height=64, width=20, interpolation="nearest"), [IMAGE], (64, 20, 6)),
    ],
)
def test_shape(layer: Layer, inputs: list[Shape], output: Shape) -> None:
    assert layer.infer(typed(inputs)) == TensorType(output)


@pytest.mark.parametrize(
    ("layer", "inputs", "message"),
    [
        (
            Conv2D(filters=8, kernel_size=(5, 5), padding=((1, 1), (1, 1))),
            [(1, 1, 3)],
            "kernel (5, 5) is larger than its padded input (3, 3)",
        ),
        (
            Conv2D(filters=8, kernel_size=(3, 3), dilation_rate=(4, 4)),
            [(8, 8, 3)],
            "kernel (3, 3), dilated to (9, 9), is larger than its padded input (8, 8)",
        ),
        (Conv2D(filters=8, kernel_size=(1, 1), groups=4), [IMAGE], "4 groups do not divide the input's 6 channels"),
        (
            Conv2D(filters=8, kernel_size=(1, 1)),
            [(10,)],
            "it needs an image (height, width, channels), not (10,)",
        ),
        (
            MaxPooling2D(padding=((2, 2), (0, 0))),
            [IMAGE],
            "padding ((2, 2), (0, 0)) leaves windows of size (2, 2) with nothing but padding",
        ),
        (AdaptiveMaxPooling2D(output_size=2), [(10,)], "it needs an image (height, width, channels), not (10,)"),
        (Reshape(target_shape=(7, -1)), [(4, 6)], "(4, 6) has 24 elements, which do not fill (7, -1)"),
        (Reshape(target_shape=(4,)), [(4, 6)], "(4, 6) has 24 elements, which do not fill (4,)"),
        (Add(), [(4, 4, 2), (4, 4, 3)], "inputs (4, 4, 2) and (4, 4, 3) do not have the same shape"),
        (Add(), [(4, 4, 2), (2,)], "inputs (4, 4, 2) and (2,) have different numbers of axes"),
        (
            Concatenate(),
            [(4, 4, 2), (3, 4, 2)],
            "inputs (4, 4, 2) and (3, 4, 2) differ in more than axis -1, along which they are joined",
        ),
        (
            Conv2DTranspose(filters=1, kernel_size=3, padding=2),
            [(2, 9, 3)],
            "padding ((2, 2), (2, 2)) leaves nothing of the whole result, which is (4, 11)",
        ),
        (Cropping2D(cropping=16), [IMAGE], "cropping ((16, 16), (16, 16)) leaves nothing of (32, 30, 6)"),
        (Slice(start=6), [IMAGE], "axis -1 of (32, 30, 6) has no place from 6 to its end"),
        (Slice(axis=1, start=4, stop=-30), [IMAGE], "axis 1 of (32, 30, 6) has no place from 4 up to -30"),
        (Permute(dims=(2, 1)), [IMAGE], "(2, 1) is no order of the axes of (32, 30, 6)"),
        (ChannelShuffle(groups=4), [IMAGE], "4 groups do not divide the input's 6 channels"),
        (ChannelPadding(padding=1), [()], "it needs at least one axis, and its input has none"),
        (
            Resizing(height=300, width=1, interpolation="nearest"),
            [(88, 4, 1)],
            '"nearest" from 88 to 300 falls between two pixels, where frameworks differ: take "bilinear" or '
            "another size",
        ),
        (Softmax(axis=2), [(4,)], "axis 2 is not an axis of (4,): it may be 1 to 1 or -1 to -1"),
        (BatchNormalization(axis=1), [IMAGE], "axis 1 of (32, 30, 6) is not the last one, which has the channels"),
        (PReLU(shared_axes=(1, 4)), [IMAGE], "shared axis 4 is not an axis of (32, 30, 6): it may be 1 to 3"),
        (Dense(units=1), [()], "it needs at least one axis, and its input has none"),
        (Rescaling(scale=(1, 2)), [IMAGE], "its scale has 2 numbers, and its input has 6 channels"),
        (Rescaling(scale=1, offset=(1,)), [IMAGE], "its offset has 1 numbers, and its input has 6 channels"),
        (Rescaling(scale=(1, 2)), [()], "it needs at least one axis, and its input has none"),
        (Normalization(mean=(1, 2), variance=1), [IMAGE], "its mean has 2 numbers, and its input has 6 channels"),
        (Normalization(mean=1, variance=(1, 2)), [IMAGE], "its variance has 2 numbers, and its input has 6 channels"),
        (Normalization(mean=1), [IMAGE], "it has a mean and no variance: give both, or neither"),
        (Normalization(variance=1), [IMAGE], "it has a variance and no mean: give both, or neither"),
    ],
)
def test_message(layer: Layer, inputs: list[Shape], message: str) -> None:
    with pytest.raises(ShapeError) as refusal:
        layer.infer(typed(inputs))
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("layer", "slots"),
    [
        (Conv2D(filters=8, kernel_size=(3, 5), groups=2), {"kernel": (3, 5, 3, 8), "bias": (8,)}),
        (DepthwiseConv2D(kernel_size=(3, 5), depth_multiplier=2), {"kernel": (3, 5, 6, 2), "bias": (12,)}),
        (Dense(units=4, use_bias=False), {"kernel": (6, 4)}),
        (BatchNormalization(scale=False), {"beta": (6,), "moving_mean": (6,), "moving_variance": (6,)}),
        (Scale(), {"gamma": (6,), "beta": (6,)}),
        (Normalization(), {"mean": (6,), "variance": (6,)}),
        (Normalization(mean=0.5, variance=(1, 2, 3, 4, 5, 6)), {}),
        (LayerNormalization(center=False), {"gamma": (6,)}),
        (Conv2DTranspose(filters=8, kernel_size=(3, 5)), {"kernel": (3, 5, 8, 6), "bias": (8,)}),
        (PReLU(shared_axes=(1, 2)), {"alpha": (1, 1, 6)}),
        (PReLU(), {"alpha": IMAGE}),
    ],
)
def test_weights(layer: Layer, slots: dict[str, Shape]) -> None:
    assert {weight.slot: weight.shape for weight in layer.weights(typed([IMAGE]))} == slots


def test_moving_statistics_are_not_trained() -> None:
    trained = {weight.slot: weight.trainable for weight in BatchNormalization().weights(typed([IMAGE]))}
    assert trained == {"gamma": True, "beta": True, "moving_mean": False, "moving_variance": False}


def test_what_data_are_normalised_by_is_not_trained() -> None:
    assert not any(weight.trainable for weight in Normalization().weights(typed([IMAGE])))


@pytest.mark.parametrize(
    ("layer", "cost"),
    [
        (Conv2D(filters=8, kernel_size=(3, 3), padding="same", groups=2), 32 * 30 * 8 * 9 * 3),
        (DepthwiseConv2D(kernel_size=(3, 3), padding="same"), 32 * 30 * 6 * 9),
        (Dense(units=4), 32 * 30 * 4 * 6),
        (Conv2DTranspose(filters=8, kernel_size=(3, 5), strides=2), 32 * 30 * 6 * 15 * 8),
        (AveragePooling2D(), 0),
    ],
)
def test_cost(layer: Layer, cost: int) -> None:
    assert layer.multiply_adds([IMAGE], layer.infer(typed([IMAGE])).shape) == cost
