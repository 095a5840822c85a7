"""Convolutions, said as sums over taps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.conformance.cases.activation import activated
from tests.conformance.reference import Array, Conformance, case, elements, grid


def conv2d(
    x: Array,
    *,
    weights: Mapping[str, Array],
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: Any = "valid",
    dilation_rate: Any = 1,
    groups: int = 1,
    activation: str | None = None,
    use_bias: bool = True,
    **initializers: str,
) -> Array:
    """The kernel is (height, width, channels of a group, filters); a group's filters come one after the other."""
    kernel = weights["kernel"]
    rows, columns = grid(x.shape[1:], kernel_size, strides, padding, dilation_rate)
    share = x.shape[-1] // groups
    found = np.zeros((len(x), len(rows), len(columns), filters))
    for group in range(groups):
        read = slice(group * share, (group + 1) * share)
        made = slice(group * (filters // groups), (group + 1) * (filters // groups))
        for r, row in enumerate(rows):
            for c, column in enumerate(columns):
                for i, j, y, x_ in elements(row, column):
                    found[:, r, c, made] += x[:, y, x_, read] @ kernel[i, j, :, made]
    return activated(found + weights["bias"] if use_bias else found, activation)


def depthwise_conv2d(
    x: Array,
    *,
    weights: Mapping[str, Array],
    kernel_size: Any,
    strides: Any = 1,
    padding: Any = "valid",
    dilation_rate: Any = 1,
    depth_multiplier: int = 1,
    activation: str | None = None,
    use_bias: bool = True,
    **initializers: str,
) -> Array:
    """tf.nn.depthwise_conv2d: output channel c * depth_multiplier + m is input channel c with filter (c, m)."""
    kernel = weights["kernel"]
    rows, columns = grid(x.shape[1:], kernel_size, strides, padding, dilation_rate)
    found = np.zeros((len(x), len(rows), len(columns), x.shape[-1], depth_multiplier))
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            for i, j, y, x_ in elements(row, column):
                found[:, r, c] += x[:, y, x_, :, None] * kernel[i, j]
    found = found.reshape(*found.shape[:3], x.shape[-1] * depth_multiplier)
    return activated(found + weights["bias"] if use_bias else found, activation)


def separable_conv2d(
    x: Array,
    *,
    weights: Mapping[str, Array],
    filters: int,
    activation: str | None = None,
    use_bias: bool = True,
    **attributes: Any,
) -> Array:
    """A depthwise convolution without bias or activation, and a 1x1 convolution of what it makes."""
    first = depthwise_conv2d(x, weights={"kernel": weights["depthwise:kernel"]}, use_bias=False, **attributes)
    second = {slot: weights[f"pointwise:{slot}"] for slot in ("kernel", *(["bias"] if use_bias else []))}
    return conv2d(first, weights=second, filters=filters, kernel_size=1, use_bias=use_bias, activation=activation)


WINDOWS: list[dict[str, Any]] = [
    {"kernel_size": 3},
    {"kernel_size": [2, 3]},
    {"kernel_size": 3, "padding": "same"},
    {"kernel_size": 2, "padding": "same"},
    {"kernel_size": 4, "padding": "same", "strides": 2},
    {"kernel_size": 3, "padding": "same", "strides": 2},
    {"kernel_size": 3, "padding": "same", "strides": 3},
    {"kernel_size": [3, 2], "padding": "same", "strides": [2, 1]},
    {"kernel_size": 1, "strides": 2},
    {"kernel_size": 1, "strides": 2, "padding": "same"},
    {"kernel_size": 2, "strides": 3},
    {"kernel_size": 2, "strides": 3, "padding": "same"},
    {"kernel_size": 2, "strides": [1, 3], "padding": 1},
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": 3, "padding": 1, "strides": 2},
    {"kernel_size": 3, "padding": [1, 2]},
    {"kernel_size": 3, "padding": [[0, 1], [0, 1]], "strides": 2},
    {"kernel_size": 3, "padding": [[1, 0], [1, 0]], "strides": 2},
    {"kernel_size": 3, "padding": [[2, 0], [0, 3]]},
    {"kernel_size": 3, "padding": 4},
    {"kernel_size": 5, "padding": "same"},
    {"kernel_size": 7, "padding": 3, "strides": 2},
    {"kernel_size": 3, "dilation_rate": 2},
    {"kernel_size": 3, "dilation_rate": 2, "padding": "same"},
    {"kernel_size": 2, "dilation_rate": 3, "padding": "same"},
    {"kernel_size": 3, "dilation_rate": [1, 2], "padding": "same"},
    {"kernel_size": [1, 3], "dilation_rate": [4, 2], "padding": "same"},
    {"kernel_size": 3, "dilation_rate": 2, "padding": 2, "strides": 2},
    {"kernel_size": 2, "dilation_rate": 2, "padding": [[1, 0], [0, 1]], "strides": [2, 3]},
    {"kernel_size": 2, "dilation_rate": 2, "padding": "same", "strides": 2},
    {"kernel_size": 1, "dilation_rate": 3, "strides": 2},
]
"""Kernels, strides, padding and dilation in every relation that is a trap."""

SIZES = [(7, 6), (8, 9)]

ACTIVATIONS = ["relu", "linear", "softmax", "leaky_relu", "gelu", "swish", "hard_sigmoid"]

TABLE = {
    "Conv2D": Conformance(
        conv2d,
        [
            *(case({"filters": 4, **window}, (*size, 3)) for window in WINDOWS for size in SIZES),
            case({"filters": 2, "kernel_size": 3, "padding": "same"}, (1, 1, 3)),
            case({"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2}, (1, 1, 1)),
            case({"filters": 2, "kernel_size": 5, "padding": "same", "strides": 2}, (2, 3, 1)),
            case({"filters": 2, "kernel_size": 3, "padding": "SAME"}, (4, 4, 1)),
            case({"filters": 3, "kernel_size": 1, "use_bias": False}, (3, 4, 2)),
            case({"filters": 1, "kernel_size": [5, 1]}, (5, 4, 2)),
            case({"filters": 6, "kernel_size": 3, "groups": 2}, (5, 6, 4)),
            case({"filters": 6, "kernel_size": 3, "groups": 3, "padding": "same", "strides": 2}, (5, 6, 6)),
            case({"filters": 8, "kernel_size": 2, "groups": 4, "padding": "same", "use_bias": False}, (5, 6, 4)),
            case({"filters": 4, "kernel_size": 3, "groups": 2, "dilation_rate": 2, "padding": 2}, (5, 6, 2)),
            case({"filters": 4, "kernel_size": 3, "padding": 1}, (5, 6, 2), rectified=True),
            *(case({"filters": 3, "kernel_size": 2, "activation": name}, (4, 3, 2)) for name in ACTIVATIONS),
        ],
    ),
    "DepthwiseConv2D": Conformance(
        depthwise_conv2d,
        [
            *(case(window, (7, 8, 3)) for window in WINDOWS),
            case({"kernel_size": 3, "depth_multiplier": 2}, (5, 6, 3)),
            case({"kernel_size": 3, "depth_multiplier": 3, "padding": "same", "strides": 2}, (6, 6, 2)),
            case({"kernel_size": 2, "depth_multiplier": 2, "use_bias": False, "padding": "same"}, (5, 6, 1)),
            case({"kernel_size": 3, "padding": "same"}, (1, 1, 4)),
            *(case({"kernel_size": 2, "activation": name}, (4, 3, 2)) for name in ACTIVATIONS[:3]),
        ],
    ),
    "SeparableConv2D": Conformance(
        separable_conv2d,
        [
            case({"filters": 4, "kernel_size": 3}, (6, 7, 3)),
            case({"filters": 4, "kernel_size": 3, "padding": "same", "strides": 2}, (6, 7, 3)),
            case({"filters": 4, "kernel_size": 2, "padding": "same", "depth_multiplier": 2}, (6, 7, 3)),
            case({"filters": 4, "kernel_size": 3, "padding": [[0, 1], [1, 0]], "use_bias": False}, (6, 7, 2)),
            case({"filters": 4, "kernel_size": 3, "padding": "same", "dilation_rate": 2}, (6, 7, 2)),
            case({"filters": 2, "kernel_size": 3, "activation": "relu"}, (5, 5, 2)),
        ],
    ),
}
