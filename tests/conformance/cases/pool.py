"""Pooling, window by window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.conformance.reference import Array, Case, Conformance, case, elements, grid, pair


def max_pooling(
    x: Array,
    *,
    pool_size: Any = 2,
    kernel_size: Any = None,
    strides: Any = None,
    padding: Any = "valid",
    ceil_mode: bool = False,
) -> Array:
    """The largest of the window's elements; padding is none of them."""
    size = kernel_size or pool_size
    rows, columns = grid(x.shape[1:], size, strides or size, padding, ceil=ceil_mode)
    found = np.full((len(x), len(rows), len(columns), x.shape[-1]), -np.inf)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            for _, _, y, x_ in elements(row, column):
                found[:, r, c] = np.maximum(found[:, r, c], x[:, y, x_])
    return found


def average_pooling(
    x: Array,
    *,
    pool_size: Any = 2,
    kernel_size: Any = None,
    strides: Any = None,
    padding: Any = "valid",
    ceil_mode: bool = False,
    count_include_pad: bool = False,
) -> Array:
    """The sum of the window's elements over their number, padding counted or not; what is beyond it never is."""
    size = kernel_size or pool_size
    rows, columns = grid(x.shape[1:], size, strides or size, padding, ceil=ceil_mode)
    found = np.zeros((len(x), len(rows), len(columns), x.shape[-1]))
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            for _, _, y, x_ in elements(row, column):
                found[:, r, c] += x[:, y, x_]
            held = sum(row.inside) * sum(column.inside)
            padded = sum(row.inside + row.padding) * sum(column.inside + column.padding)
            found[:, r, c] /= padded if count_include_pad else held
    return found


def global_average_pooling(x: Array, *, keepdims: bool = False) -> Array:
    found = sum(x[:, y, x_] for y in range(x.shape[1]) for x_ in range(x.shape[2])) / (x.shape[1] * x.shape[2])
    return found[:, None, None] if keepdims else found


def global_max_pooling(x: Array, *, keepdims: bool = False) -> Array:
    found = np.max(x.reshape(len(x), -1, x.shape[-1]), axis=1)
    return found[:, None, None] if keepdims else found


def _adaptive_windows(size: int, windows: int) -> list[slice]:
    """PyTorch's: from the floor of where a window would begin to the ceiling of where it would end."""
    starts = [math.floor(i * size / windows) for i in range(windows)]
    return [slice(start, math.ceil((i + 1) * size / windows)) for i, start in enumerate(starts)]


def adaptive_average_pooling(x: Array, *, output_size: Any) -> Array:
    height, width = pair(output_size)
    rows, columns = _adaptive_windows(x.shape[1], height), _adaptive_windows(x.shape[2], width)
    return np.stack([np.stack([x[:, r, c].mean((1, 2)) for c in columns], 1) for r in rows], 1)


def adaptive_max_pooling(x: Array, *, output_size: Any) -> Array:
    height, width = pair(output_size)
    rows, columns = _adaptive_windows(x.shape[1], height), _adaptive_windows(x.shape[2], width)
    return np.stack([np.stack([x[:, r, c].max((1, 2)) for c in columns], 1) for r in rows], 1)


WINDOWS: list[dict[str, Any]] = [
    {},
    {"pool_size": 3},
    {"kernel_size": 3, "strides": 2},
    {"pool_size": [2, 3], "strides": [1, 2]},
    {"pool_size": 2, "strides": 3},
    {"pool_size": 1, "strides": 2},
    {"pool_size": 3, "strides": 2, "padding": "same"},
    {"pool_size": 2, "strides": 1, "padding": "same"},
    {"pool_size": 2, "strides": 2, "padding": "same"},
    {"pool_size": 3, "strides": 1, "padding": "same"},
    {"pool_size": 3, "strides": 4, "padding": "same"},
    {"pool_size": 3, "strides": 2, "padding": 1},
    {"pool_size": 3, "strides": 1, "padding": 2},
    {"pool_size": 3, "strides": 2, "padding": [[0, 1], [0, 1]]},
    {"pool_size": 3, "strides": 2, "padding": [[2, 1], [1, 0]]},
    {"pool_size": [3, 2], "strides": 2, "padding": [1, 0]},
    {"pool_size": 2, "strides": 3, "padding": [[1, 0], [0, 1]]},
    {"pool_size": 4, "strides": 1, "padding": [[3, 0], [1, 2]]},
]

SIZES = [(5, 6), (8, 4)]


def pools(*variations: dict[str, Any]) -> list[Case]:
    """Every window on every size, for each of these attributes more, and after a ReLU."""
    sizes = [(*size, 2) for size in SIZES]
    everywhere = [case({**window, **more}, size) for more in variations for window in WINDOWS for size in sizes]
    padded = [window for window in WINDOWS if "padding" in window]
    rectified = [case({**window, "ceil_mode": True}, sizes[0], rectified=True) for window in padded]
    small = [
        case({"pool_size": 2, "strides": 2, "padding": "same"}, (1, 1, 3)),
        case({"pool_size": 3, "strides": 2, "padding": 1}, (1, 1, 3)),
        case({"pool_size": 3, "strides": 2, "ceil_mode": True}, (2, 2, 3)),
        case({"pool_size": [1, 4], "strides": [1, 3], "ceil_mode": True}, (1, 6, 2)),
        case({"pool_size": 1}, (1, 1, 1)),
        case({"pool_size": 3, "strides": 1}, (7, 7, 2), whole=True),
        case({"pool_size": 3, "strides": 2, "padding": "same"}, (8, 8, 2), whole=True),
        case({"pool_size": 3, "strides": 2, "padding": 1}, (8, 8, 2), whole=True, rectified=True),
    ]
    return [*everywhere, *rectified, *small]


GLOBAL = [
    case({"keepdims": keepdims}, shape, rectified=rectified, whole=rectified)
    for keepdims in (False, True)
    for rectified in (False, True)
    for shape in [(4, 5, 3), (1, 1, 3), (7, 1, 1)]
]

ADAPTIVE = [
    case({"output_size": size}, shape)
    for size in [1, 2, 3, 4, [2, 5], [7, 1], [1, 5]]
    for shape in [(7, 6, 2), (4, 8, 1), (14, 14, 3)]
] + [
    case({"output_size": 3}, (1, 2, 2)),
    case({"output_size": [2, 3]}, (1, 1, 2)),
    case({"output_size": 2}, (4, 6, 2), rectified=True),
]

TABLE = {
    "MaxPooling2D": Conformance(max_pooling, pools({}, {"ceil_mode": True})),
    "AveragePooling2D": Conformance(
        average_pooling,
        pools({}, {"ceil_mode": True}, {"count_include_pad": True}, {"ceil_mode": True, "count_include_pad": True}),
    ),
    "AdaptiveAveragePooling2D": Conformance(adaptive_average_pooling, ADAPTIVE),
    "AdaptiveMaxPooling2D": Conformance(adaptive_max_pooling, ADAPTIVE),
    "GlobalAveragePooling2D": Conformance(global_average_pooling, GLOBAL),
    "GlobalMaxPooling2D": Conformance(global_max_pooling, GLOBAL),
}
