"""What layers mean, said slowly: loops over windows in numpy, float64, channels last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.pool import AdaptivePooling, AveragePooling2D, MaxPooling2D
from archspec.layers.window import WindowedLayer, padding_for

Array = NDArray[Any]


def _windows(layer: WindowedLayer, inputs: Array) -> Iterator[tuple[int, int, Array]]:
    """Row, column and (batch, elements, channels) of every window: the padding is nan, and nothing is beyond it."""
    (top, bottom), (left, right) = padding_for(layer, inputs.shape[1:])
    padded = np.pad(inputs, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=np.nan)
    rows, columns = layer.windows(inputs.shape[1:])
    for row in range(rows):
        for column in range(columns):
            starts = row * layer.strides[0], column * layer.strides[1]
            down, across = (
                slice(start, start + (size - 1) * gap + 1, gap)
                for start, size, gap in zip(starts, layer.window, layer.spread, strict=True)
            )
            window = padded[:, down, across]
            yield row, column, window.reshape(len(inputs), -1, inputs.shape[-1])


def _output(layer: WindowedLayer, inputs: Array, channels: int, reduce: Callable[[Array], Array]) -> Array:
    found = np.zeros((len(inputs), *layer.windows(inputs.shape[1:]), channels))
    for row, column, window in _windows(layer, inputs):
        found[:, row, column] = reduce(window)
    return found


def conv(layer: Conv2D, inputs: Array, kernel: Array, bias: Array | float = 0.0) -> Array:
    """A grouped convolution."""
    taps = kernel.reshape(-1, *kernel.shape[2:])
    share, filters = kernel.shape[2], layer.filters // layer.groups

    def reduce(window: Array) -> Array:
        window = np.nan_to_num(window)
        groups = [
            np.einsum(
                "bkc,kcf->bf",
                window[..., group * share : (group + 1) * share],
                taps[..., group * filters : (group + 1) * filters],
            )
            for group in range(layer.groups)
        ]
        return np.concatenate(groups, axis=-1) + bias

    return _output(layer, inputs, layer.filters, reduce)


def depthwise_conv(layer: DepthwiseConv2D, inputs: Array, kernel: Array, bias: Array | float = 0.0) -> Array:
    """A convolution of each channel by itself."""
    taps = kernel.reshape(-1, *kernel.shape[2:])

    def reduce(window: Array) -> Array:
        return np.einsum("bkc,kcm->bcm", np.nan_to_num(window), taps).reshape(len(inputs), -1) + bias

    return _output(layer, inputs, inputs.shape[-1] * layer.depth_multiplier, reduce)


def max_pooling(layer: MaxPooling2D, inputs: Array) -> Array:
    """The largest element that is not padding."""
    return _output(layer, inputs, inputs.shape[-1], lambda window: np.nanmax(window, axis=1))


def average_pooling(layer: AveragePooling2D, inputs: Array) -> Array:
    """The mean, with the padding as zeros or without it."""

    def reduce(window: Array) -> Array:
        return np.mean(np.nan_to_num(window), axis=1) if layer.count_include_pad else np.nanmean(window, axis=1)

    return _output(layer, inputs, inputs.shape[-1], reduce)


def adaptive_pooling(layer: AdaptivePooling, inputs: Array, reduce: Callable[..., Array]) -> Array:
    """`reduce` over windows that begin at floor(i * n / o) and end before ceil((i + 1) * n / o)."""
    rows, columns = (
        [slice(i * n // o, -(-(i + 1) * n // o)) for i in range(o)]
        for n, o in zip(inputs.shape[1:3], layer.output_size, strict=True)
    )
    return np.stack([np.stack([reduce(inputs[:, r, c], axis=(1, 2)) for c in columns], 1) for r in rows], 1)
