"""What a row says may be overwritten by the operation behind it may be: no gradient reads it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from archspec.ir import Layer
from archspec.layers.activation import (
    Linear,
    PReLU,
)
from archspec.layers.channels import ChannelClip, ChannelPadding, ChannelShuffle
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archspec.layers.norm import (
    BatchNormalization,
    LayerNormalization,
    LayerScale,
    LocalResponseNormalization,
    Normalization,
    Rescaling,
    Scale,
)
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from archspec.layers.regularisation import Dropout, SpatialDropout2D, StochasticDepth
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.layers.shape import Cropping2D, Flatten, Permute, Reshape, Slice, ZeroPadding2D
from archspec_torch.emit import ROWS
from archspec_torch.emit.row import BareParameter
from tests.unit.torch_backend.torch_rows import (
    SCOPE,
    described,
    module_of,
    said,
    to_tensor,
    written,
)

IMAGE_LAYERS: list[Layer] = [
    Conv2D(filters=4, kernel_size=3, padding=[[0, 1], [0, 1]]),
    DepthwiseConv2D(kernel_size=2, padding=0),
    Dense(units=3),
    MaxPooling2D(),
    MaxPooling2D(padding=[[0, 1], [0, 1]]),
    AveragePooling2D(),
    AveragePooling2D(padding=[[0, 1], [0, 1]]),
    AdaptiveAveragePooling2D(output_size=1),
    AdaptiveAveragePooling2D(output_size=2),
    AdaptiveMaxPooling2D(output_size=2),
    GlobalAveragePooling2D(),
    GlobalAveragePooling2D(keepdims=True),
    BatchNormalization(),
    BatchNormalization(scale=False),
    LocalResponseNormalization(),
    Scale(),
    ChannelClip(),
    PReLU(),
    PReLU(shared_axes=[1, 2]),
    Dropout(rate=0.3),
    SpatialDropout2D(rate=0.3),
    Linear(),
    Flatten(),
    Reshape(target_shape=[2, 3, 2, 2]),
    ZeroPadding2D(),
    ZeroPadding2D(padding=0),
    Cropping2D(cropping=[[0, 1], [1, 0]]),
    Cropping2D(),
    Slice(start=1),
    Slice(axis=2, start=1, step=2),
    Permute(dims=[2, 3, 1]),
    ChannelShuffle(groups=2),
    ChannelShuffle(groups=1),
    ChannelPadding(padding=[1, 0]),
    ChannelPadding(padding=0),
    UpSampling2D(),
    UpSampling2D(size=1),
    UpSampling2D(interpolation="bilinear"),
    Resizing(height=2, width=3),
    Resizing(height=3, width=2),
    Resizing(height=2, width=3, interpolation="nearest"),
    Conv2DTranspose(filters=3, kernel_size=3),
    Conv2DTranspose(filters=3, kernel_size=3, strides=2, padding="same"),
    LayerNormalization(),
    LayerNormalization(scale=False),
    LayerNormalization(scale=False, center=False),
    Rescaling(scale=0.3),
    Rescaling(scale=1, offset=2),
    Rescaling(scale=[0.3, 1.0, -2.0, 0.5], offset=2),
    Normalization(),
    Normalization(mean=[0.3, 1.0, -2.0, 0.5], variance=2),
    StochasticDepth(rate=0.3),
    StochasticDepth(rate=0),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("layer", IMAGE_LAYERS, ids=repr)
def test_what_a_row_calls_free_may_be_overwritten(layer: Layer, training: bool) -> None:
    """An in-place ReLU after the layer leaves every gradient as it is."""
    shape = (2, 3, 4)
    module = module_of(layer, shape).train(training)
    before = torch.nn.Conv2d(4, 4, 1).double()
    gradients = []
    for inplace in (False, True):
        torch.manual_seed(0)
        x = to_tensor(np.random.default_rng(1).normal(size=(3, *shape))).requires_grad_()
        torch.nn.functional.relu(module(before(x)), inplace=inplace).square().sum().backward()
        gradients.append(x.grad)
    torch.testing.assert_close(*gradients, rtol=0, atol=0)


def test_a_parameters_product_may_be_overwritten() -> None:
    parameter = described(LayerScale(initial_value=0.5), (2, 3, 4)).module
    assert isinstance(parameter, BareParameter)
    scale = torch.nn.Parameter(eval(said(parameter.callee, parameter), SCOPE).double())
    assert scale.shape == (4, 1, 1)
    gradients = []
    for inplace in (False, True):
        x = to_tensor(np.random.default_rng(1).normal(size=(3, 2, 3, 4))).requires_grad_()
        product = eval(parameter.applied.format("x", "scale"), {"x": x, "scale": scale})
        gradients.append(
            torch.autograd.grad(torch.nn.functional.relu(product, inplace=inplace).square().sum(), [x, scale])
        )
    torch.testing.assert_close(*gradients, rtol=0, atol=0)


def test_every_row_that_hands_on_what_may_be_overwritten_was_tried() -> None:
    tried = {LayerScale, *(type(layer) for layer in IMAGE_LAYERS)}
    merges = {Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract}
    assert {layer for layer, row in ROWS.items() if row.result != "kept"} == tried | merges


@pytest.mark.parametrize(
    "layer", [Add(), Average(), Concatenate(), Maximum(), Minimum(), Multiply(), Subtract()], ids=repr
)
def test_merges_may_be_overwritten(layer: Layer) -> None:
    _, text = written(layer, (5,), (5,))
    gradients = []
    for inplace in (False, True):
        x, y = (torch.linspace(-2, 2, 10, dtype=torch.float64).reshape(2, 5) * k for k in (1, -0.7))
        x.requires_grad_()
        merged = eval(text, SCOPE | {"x": x * 2, "y": y + x})
        torch.nn.functional.relu(merged, inplace=inplace).square().sum().backward()
        gradients.append(x.grad)
    torch.testing.assert_close(*gradients, rtol=0, atol=0)
