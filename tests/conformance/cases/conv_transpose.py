"""The transposed convolution, said as what each element adds to the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.conformance.cases.activation import activated
from tests.conformance.reference import Array, Conformance, case, edges, pair


def conv2d_transpose(
    x: Array,
    *,
    weights: Mapping[str, Array],
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: Any = "valid",
    output_padding: Any = None,
    dilation_rate: Any = 1,
    activation: str | None = None,
    use_bias: bool = True,
    **initializers: str,
) -> Array:
    """The kernel is (height, width, filters, channels)."""
    kernel = weights["kernel"]
    (down, across), (gap, gap_across) = pair(strides), pair(dilation_rate)
    reach = [(pair(kernel_size)[axis] - 1) * pair(dilation_rate)[axis] + 1 for axis in (0, 1)]
    # There is room for all that output_padding may add.
    room = [(x.shape[1 + axis] - 1) * pair(strides)[axis] + reach[axis] + 9 for axis in (0, 1)]
    whole = np.zeros((len(x), *room, filters))
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    added = x[:, row, column] @ kernel[i, j].T
                    whole[:, row * down + i * gap, column * across + j * gap_across] += added
    for axis in (0, 1):
        more = None if output_padding is None else pair(output_padding)[axis]
        start, size = _kept(x.shape[1 + axis], reach[axis], pair(strides)[axis], padding, more, axis)
        whole = whole.take(range(start, start + size), 1 + axis)
    return activated(whole + weights["bias"] if use_bias else whole, activation)


def _kept(size: int, reach: int, stride: int, padding: Any, more: int | None, axis: int) -> tuple[int, int]:
    """Where the output begins in the whole result, and how long it is.

    Words: keras.layers.Conv2DTranspose on TensorFlow, where the output is what a convolution with this padding reads to
    make the input. Numbers: torch.nn.ConvTranspose2d's formula for the size.
    """
    word = padding.lower() if isinstance(padding, str) else ""
    if word == "valid":
        return 0, (size - 1) * stride + (max(reach, stride) if more is None else reach + more)
    if word == "same" and more is None:
        return edges("same", size * stride, reach, stride, 1, axis)[0], size * stride
    if word == "same":
        # Keras's numbers for JAX: of the whole result, reach - 1 less these elements are left out at the start. On
        # TensorFlow Keras takes the same and refuses the lengths that no convolution would read.
        more_than_inside = reach + reach % 2 - 2 + more
        before = min(more_than_inside // 2 + more_than_inside % 2, reach - 1)
        return reach - 1 - before, (size - 1) * stride + reach % 2 + more
    before, after = edges(padding, size, reach, stride, 1, axis)
    return before, (size - 1) * stride - before - after + reach + (more or 0)


WINDOWS: list[dict[str, Any]] = [
    {"kernel_size": 3},
    {"kernel_size": [2, 3]},
    {"kernel_size": 1},
    {"kernel_size": 2, "strides": 2},
    {"kernel_size": 3, "strides": 2},
    {"kernel_size": 2, "strides": 3},
    {"kernel_size": 1, "strides": 2},
    {"kernel_size": [3, 1], "strides": [1, 3]},
    {"kernel_size": 3, "strides": 2, "output_padding": 0},
    {"kernel_size": 3, "strides": 2, "output_padding": 1},
    {"kernel_size": 2, "strides": 3, "output_padding": 0},
    {"kernel_size": 2, "strides": 3, "output_padding": [2, 1]},
    {"kernel_size": 3, "padding": "same"},
    {"kernel_size": 2, "padding": "same"},
    {"kernel_size": 2, "strides": 2, "padding": "same"},
    {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"kernel_size": 4, "strides": 2, "padding": "same"},
    {"kernel_size": 5, "strides": 2, "padding": "SAME"},
    {"kernel_size": 2, "strides": 3, "padding": "same"},
    {"kernel_size": 1, "strides": 2, "padding": "same"},
    {"kernel_size": [3, 4], "strides": [2, 1], "padding": "same"},
    {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0},
    {"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 1},
    {"kernel_size": 4, "strides": 2, "padding": "same", "output_padding": 1},
    {"kernel_size": 5, "strides": 3, "padding": "same", "output_padding": [0, 2]},
    {"kernel_size": 1, "strides": 3, "padding": "same", "output_padding": 1},
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": 3, "padding": 2},
    {"kernel_size": 3, "strides": 2, "padding": 1},
    {"kernel_size": 3, "strides": 2, "padding": 1, "output_padding": 1},
    {"kernel_size": 4, "strides": 2, "padding": 1},
    {"kernel_size": 3, "strides": 3, "padding": [1, 0], "output_padding": [2, 1]},
    {"kernel_size": 1, "strides": 3, "padding": 0, "output_padding": 2},
    {"kernel_size": 2, "strides": 3, "padding": 0},
    {"kernel_size": 3, "strides": 2, "padding": [[0, 1], [0, 1]]},
    {"kernel_size": 3, "strides": 2, "padding": [[1, 0], [2, 1]]},
    {"kernel_size": 3, "strides": 3, "padding": [[1, 0], [0, 2]], "output_padding": 2},
    {"kernel_size": 3, "dilation_rate": 2},
    {"kernel_size": 3, "dilation_rate": 2, "padding": "same"},
    {"kernel_size": [3, 2], "dilation_rate": [1, 3], "padding": 1},
    {"kernel_size": 3, "dilation_rate": 2, "strides": 2, "padding": "same"},
    {"kernel_size": 2, "dilation_rate": 2, "strides": [2, 3], "padding": 1, "output_padding": 1},
    {"kernel_size": 1, "dilation_rate": 3, "strides": 2},
]
"""Kernels, strides and what is left out or added in every relation that is a trap."""

TABLE = {
    "Conv2DTranspose": Conformance(
        conv2d_transpose,
        [
            *(case({"filters": 4, **window}, (*size, 3)) for window in WINDOWS for size in [(4, 5), (3, 3)]),
            case({"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, (1, 1, 3)),
            # A kernel below the strides on one axis, dilated on the other.
            case(
                {"filters": 4, "kernel_size": [3, 1], "strides": 2, "dilation_rate": 2, "output_padding": 0}, (1, 1, 4)
            ),
            case({"filters": 4, "kernel_size": [1, 2], "strides": 3, "dilation_rate": 2, "padding": 1}, (2, 2, 4)),
            case({"filters": 2, "kernel_size": 2, "strides": 2}, (1, 1, 1)),
            case({"filters": 2, "kernel_size": 3, "padding": 3}, (5, 6, 2)),
            case({"filters": 2, "kernel_size": 2, "padding": [2, 1], "strides": [2, 1]}, (4, 5, 2)),
            case({"filters": 1, "kernel_size": 4, "strides": 2, "padding": 1, "use_bias": False}, (4, 3, 2)),
            case({"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same", "use_bias": False}, (4, 3, 2)),
            case({"filters": 3, "kernel_size": 3, "dilation_rate": 2, "use_bias": False}, (4, 3, 2)),
            case({"filters": 4, "kernel_size": 3, "padding": 1}, (5, 6, 2), rectified=True),
            *(
                case({"filters": 3, "kernel_size": 3, "strides": 2, "padding": padding, "activation": name}, (4, 3, 2))
                for padding in ("same", 1)
                for name in ("relu", "softmax", "swish")
            ),
        ],
    ),
}
