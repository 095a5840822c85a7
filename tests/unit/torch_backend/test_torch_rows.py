"""Every row against the layer's meaning, written out in numpy in float64, as a module and as a function."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from archspec.ir import CompositeLayer, Layer, TensorType
from archspec.layers import layer_types
from archspec.layers.activation import Activation
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archspec.layers.norm import (
    BatchNormalization,
    LocalResponseNormalization,
    Scale,
)
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.layers.regularisation import Dropout, SpatialDropout2D
from archspec.layers.shape import Flatten, Reshape, ZeroPadding2D
from archspec_torch.emit import ROWS
from archspec_torch.emit.norm import complement
from tests.conformance.cases import pool
from tests.unit.torch_backend.torch_rows import (
    RANDOM,
    Array,
    agree,
    image,
    module_of,
    to_tensor,
    written,
)


def test_every_primitive_layer_has_a_row() -> None:
    primitive = {kind for kind in layer_types().values() if not issubclass(kind, CompositeLayer)} - {Activation}
    assert primitive == set(ROWS)


# Convolutions


def convolved(x: Array, kernel: Array, layer: Conv2D | DepthwiseConv2D, groups: int) -> Array:
    """A kernel (h, w, in / groups, out) over x, padded as the layer says."""
    assert isinstance(layer.padding, tuple)
    x = np.pad(x, ((0, 0), *layer.padding, (0, 0)))
    (kh, kw, share, filters), (sh, sw), (dh, dw) = kernel.shape, layer.strides, layer.dilation_rate
    height = (x.shape[1] - (kh - 1) * dh - 1) // sh + 1
    width = (x.shape[2] - (kw - 1) * dw - 1) // sw + 1
    out = np.zeros((len(x), height, width, filters))
    for i, j, f in product(range(height), range(width), range(filters)):
        start = f // (filters // groups) * share
        window = x[:, i * sh :: dh, j * sw :: dw, start : start + share][:, :kh, :kw]
        out[:, i, j, f] = np.einsum("bhwc,hwc->b", window, kernel[..., f])
    return out


CONVOLUTIONS = [
    {},
    {"padding": 1, "strides": 2},
    {"padding": [[0, 1], [0, 1]], "strides": 2},
    {"padding": [[0, 0], [2, 1]], "kernel_size": [2, 3]},
    {"padding": [2, 1], "dilation_rate": [2, 1]},
    {"groups": 2, "use_bias": False},
]


@pytest.mark.parametrize("attributes", CONVOLUTIONS)
def test_conv(attributes: dict[str, Any]) -> None:
    layer = Conv2D(**{"filters": 6, "kernel_size": 3, "padding": 0, **attributes})
    x = image()
    specs = layer.weights([TensorType(x.shape[1:])])
    weights = {spec.slot: RANDOM.normal(size=spec.shape) for spec in specs}
    expected = convolved(x, weights["kernel"], layer, layer.groups) + weights.get("bias", 0)
    agree(layer, expected, x, weights=weights)


@pytest.mark.parametrize("attributes", CONVOLUTIONS[:-1])
def test_depthwise_conv(attributes: dict[str, Any]) -> None:
    layer = DepthwiseConv2D(**{"kernel_size": 3, "padding": 0, "depth_multiplier": 2, **attributes})
    x = image()
    kernel, bias = RANDOM.normal(size=(*layer.kernel_size, 4, 2)), RANDOM.normal(size=8)
    grouped = kernel.reshape(*layer.kernel_size, 1, 8)
    agree(layer, convolved(x, grouped, layer, 4) + bias, x, weights={"kernel": kernel, "bias": bias})


@pytest.mark.parametrize("shape", [(7,), (3, 7), (3, 4, 7), (2, 3, 4, 7)])
def test_dense_maps_the_last_axis(shape: tuple[int, ...]) -> None:
    x, kernel, bias = RANDOM.normal(size=(2, *shape)), RANDOM.normal(size=(7, 5)), RANDOM.normal(size=5)
    agree(Dense(units=5), x @ kernel + bias, x, weights={"kernel": kernel, "bias": bias})


# Pooling


POOLS = [
    {},
    {"strides": 1, "pool_size": 3, "padding": 1},
    {"strides": 2, "pool_size": 3, "padding": [[0, 1], [0, 1]]},
    {"strides": 1, "pool_size": 2, "padding": [[0, 1], [1, 0]]},
    {"strides": 1, "pool_size": 3, "padding": 2},
    {"strides": 2, "pool_size": 3, "padding": [1, 0]},
    {"strides": 3, "pool_size": 2, "padding": [[1, 0], [0, 1]]},
]


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("attributes", POOLS)
@pytest.mark.parametrize("size", [(5, 6), (6, 7), (2, 3), (8, 4)])
def test_max_pool(attributes: dict[str, Any], ceil_mode: bool, size: tuple[int, int]) -> None:
    layer = MaxPooling2D(**{"padding": 0, "ceil_mode": ceil_mode, **attributes})
    x = image(*size) - 3
    agree(layer, pool.max_pooling(x, ceil_mode=ceil_mode, **attributes), x)


@pytest.mark.parametrize("count_include_pad", [False, True])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("attributes", POOLS)
@pytest.mark.parametrize("size", [(5, 6), (6, 7), (2, 3), (8, 4)])
def test_average_pool(
    attributes: dict[str, Any], ceil_mode: bool, count_include_pad: bool, size: tuple[int, int]
) -> None:
    layer = AveragePooling2D(
        **{"padding": 0, "ceil_mode": ceil_mode, **attributes}, count_include_pad=count_include_pad
    )
    x = image(*size)
    agree(layer, pool.average_pooling(x, ceil_mode=ceil_mode, count_include_pad=count_include_pad, **attributes), x)


@pytest.mark.parametrize("output", [1, 4, (2, 6), (7, 9)])
def test_adaptive_pools(output: int | tuple[int, int]) -> None:
    layer = AdaptiveAveragePooling2D(output_size=output)
    x = image()
    agree(layer, pool.adaptive_average_pooling(x, output_size=output), x)
    agree(AdaptiveMaxPooling2D(output_size=output), pool.adaptive_max_pooling(x, output_size=output), x)
    assert written(layer, x.shape[1:]) == (f"nn.AdaptiveAvgPool2d({output})", f"F.adaptive_avg_pool2d(x, {output})")


@pytest.mark.parametrize("keepdims", [False, True])
def test_global_pools(keepdims: bool) -> None:
    x = image()
    agree(GlobalAveragePooling2D(keepdims=keepdims), x.mean((1, 2), keepdims=keepdims), x)
    agree(GlobalMaxPooling2D(keepdims=keepdims), x.max((1, 2), keepdims=keepdims), x)


# Normalisation


@pytest.mark.parametrize("shape", [(4,), (3, 4), (5, 6, 4)])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("center", [True, False])
def test_batch_norm_in_inference_and_in_training(shape: tuple[int, ...], scale: bool, center: bool) -> None:
    layer = BatchNormalization(scale=scale, center=center, epsilon=0.01, momentum=0.9)
    x = RANDOM.normal(size=(3, *shape))
    given = {spec.slot: RANDOM.uniform(0.5, 1.5, spec.shape) for spec in layer.weights([TensorType(shape)])}

    def normalised(mean: Array, variance: Array) -> Array:
        return (x - mean) / np.sqrt(variance + 0.01) * given.get("gamma", 1) + given.get("beta", 0)

    agree(layer, normalised(given["moving_mean"], given["moving_variance"]), x, weights=given)
    module = module_of(layer, shape, weights=given).train()
    axes = tuple(range(len(shape)))
    trained = module(to_tensor(x)).detach().movedim(1, -1) if len(shape) == 3 else module(to_tensor(x)).detach()
    np.testing.assert_allclose(trained, normalised(x.mean(axes), x.var(axes)), rtol=1e-11, atol=1e-12)
    mean = given["moving_mean"] * 0.9 + x.mean(axes) * 0.1
    np.testing.assert_allclose(module.state_dict()["running_mean"], mean, rtol=1e-12)


@pytest.mark.parametrize(
    ("momentum", "expected"), [(0.9, 0.1), (0.99, 0.01), (0.999, 0.001), (0.9997, 0.0003), (1.0, 0.0)]
)
def test_momentum_is_the_complement_as_people_write_it(momentum: float, expected: float) -> None:
    assert complement(momentum) == expected


def test_local_response_norm_sums_without_dividing() -> None:
    layer = LocalResponseNormalization(size=5, alpha=0.3, beta=0.75, bias=2.0)
    x = image(channels=7)
    squares = np.pad(x**2, ((0, 0), (0, 0), (0, 0), (2, 2)))
    total = sum(squares[..., i : i + 7] for i in range(5))
    agree(layer, x / (2 + 0.3 * total) ** 0.75, x)
    module, _ = written(LocalResponseNormalization(), (5, 6, 7))
    assert module == "nn.LocalResponseNorm(5, alpha=0.0005, k=2.0)"


@pytest.mark.parametrize("shape", [(4,), (3, 4), (5, 6, 4)])
def test_scale(shape: tuple[int, ...]) -> None:
    x, gamma, beta = RANDOM.normal(size=(2, *shape)), RANDOM.normal(size=4), RANDOM.normal(size=4)
    agree(Scale(), x * gamma + beta, x, weights={"gamma": gamma, "beta": beta})


# Shapes and merges


@pytest.mark.parametrize("shape", [(6,), (3, 6), (3, 4, 5), (3, 4, 1), (1, 1, 5), (2, 3, 4, 5)])
def test_flatten_reads_channels_last(shape: tuple[int, ...]) -> None:
    x = RANDOM.normal(size=(2, *shape))
    agree(Flatten(), x.reshape(2, -1), x)


SHAPES = [(60,), (12, 5), (3, 4, 5), (1, 1, 60), (10, 6, 1), (5, 2, 6), (3, 2, 2, 5)]


@pytest.mark.parametrize("before", SHAPES)
@pytest.mark.parametrize("after", SHAPES)
def test_reshape_is_channels_last(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    x = RANDOM.normal(size=(2, *before))
    agree(Reshape(target_shape=list(after)), x.reshape(2, *after), x)


def test_zero_padding() -> None:
    x = image()
    agree(ZeroPadding2D(padding=[[1, 2], [0, 3]]), np.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0))), x)
    assert written(ZeroPadding2D(padding=1), (5, 6, 4)) == ("nn.ZeroPad2d(1)", "F.pad(x, (1, 1, 1, 1))")


@pytest.mark.parametrize(("shape", "axis"), [((6,), -1), ((3, 6), 1), ((3, 4, 5), -1), ((3, 4, 5), 1), ((3, 4, 5), -2)])
def test_concatenate_along_a_canonical_axis(shape: tuple[int, ...], axis: int) -> None:
    x, y = RANDOM.normal(size=(2, 2, *shape))
    agree(Concatenate(axis=axis), np.concatenate([x, y, x], axis), x, y, x)


@pytest.mark.parametrize("other", [(3, 4, 5), (1, 1, 5), (3, 4, 1)])
def test_elementwise_merges(other: tuple[int, ...]) -> None:
    x, y, z = image(3, 4, 5), image(*other), image(3, 4, 5)
    agree(Add(), x + y + z, x, y, z)
    agree(Multiply(), x * y * z, x, y, z)
    agree(Subtract(), x - y, x, y)
    agree(Average(), (x + y + z) / 3, x, y, z)
    agree(Maximum(), np.maximum(np.maximum(x, y), z), x, y, z)
    agree(Minimum(), np.minimum(np.minimum(x, y), z), x, y, z)


@pytest.mark.parametrize("layer", [Dropout(rate=0.4), SpatialDropout2D(rate=0.4)])
def test_dropout(layer: Layer) -> None:
    x = np.ones((2, 6, 7, 40))
    module, function = written(layer, x.shape[1:])
    np.testing.assert_array_equal(module_of(layer, x.shape[1:])(to_tensor(x)), to_tensor(x))
    dropped = module_of(layer, x.shape[1:]).train()(to_tensor(x))
    assert set(dropped.unique().tolist()) == {0.0, 1 / 0.6}
    spatial = bool((dropped == dropped[:, :, :1, :1]).all())
    assert spatial is isinstance(layer, SpatialDropout2D)
    assert function == f"F.{'dropout2d' if spatial else 'dropout'}(x, 0.4, training=self.training)"
    assert module == f"nn.{'Dropout2d' if spatial else 'Dropout'}(0.4)"


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (
            Conv2D(filters=64, kernel_size=7, strides=2, padding=3, use_bias=False),
            (224, 224, 3),
            "nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)",
        ),
        (Conv2D(filters=8, kernel_size=[1, 7], padding=[0, 3]), (17, 17, 4), "nn.Conv2d(4, 8, (1, 7), padding=(0, 3))"),
        (
            Conv2D(filters=8, kernel_size=3, strides=2, padding=[[0, 1], [0, 1]]),
            (16, 16, 4),
            "PaddedConv2d(4, 8, 3, stride=2, pad=(0, 1, 0, 1))",
        ),
        (DepthwiseConv2D(kernel_size=3, padding=1), (8, 8, 16), "nn.Conv2d(16, 16, 3, padding=1, groups=16)"),
        (BatchNormalization(momentum=0.9, epsilon=1e-5), (8, 8, 16), "nn.BatchNorm2d(16)"),
        (BatchNormalization(), (16,), "nn.BatchNorm1d(16, eps=0.001, momentum=0.01)"),
        (BatchNormalization(scale=False), (8, 8, 16), "PartialBatchNorm2d(16, eps=0.001, momentum=0.01, scale=False)"),
        (MaxPooling2D(pool_size=3, strides=2, padding=1), (8, 8, 16), "nn.MaxPool2d(3, stride=2, padding=1)"),
        (AveragePooling2D(), (8, 8, 16), "nn.AvgPool2d(2)"),
        (
            AveragePooling2D(pool_size=3, strides=1, padding=1),
            (8, 8, 16),
            "nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)",
        ),
        (Dense(units=10), (512,), "nn.Linear(512, 10)"),
        (Reshape(target_shape=[1, 1, 16]), (16,), "nn.Unflatten(1, (16, 1, 1))"),
    ],
)
def test_modules_are_what_people_write(layer: Layer, shape: tuple[int, ...], expected: str) -> None:
    assert written(layer, shape)[0] == expected
