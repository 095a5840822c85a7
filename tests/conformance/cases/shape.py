"""Layers that move elements: in the language the channels come last."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.conformance.reference import Array, Conformance, case, pair


def flatten(x: Array) -> Array:
    return x.reshape(len(x), -1)


def reshape(x: Array, *, target_shape: Any) -> Array:
    return x.reshape(len(x), *target_shape)


def zero_padding(x: Array, *, padding: Any = 1) -> Array:
    (top, bottom), (left, right) = (pair(side) for side in pair(padding))
    found = np.zeros((len(x), top + x.shape[1] + bottom, left + x.shape[2] + right, x.shape[3]))
    found[:, top : top + x.shape[1], left : left + x.shape[2]] = x
    return found


RESHAPES = [
    ((12,), [3, 4]),
    ((12,), [2, 3, 2]),
    ((12,), [1, 1, 12]),
    ((12,), [-1]),
    ((12,), [1, 12]),
    ((12,), [12, 1, 1]),
    ((3, 4), [4, 3]),
    ((3, 4), [12]),
    ((3, 4), [2, -1, 2]),
    ((2, 3, 4), [24]),
    ((2, 3, 4), [3, 2, 4]),
    ((2, 3, 4), [6, 4]),
    ((2, 3, 4), [4, 6]),
    ((2, 3, 4), [1, 1, -1]),
    ((2, 3, 4), [-1, 2, 2, 2]),
    ((2, 3, 4), [2, 3, 4]),
    ((2, 3, 1), [3, 2, 1]),
    ((2, 3, 1), [3, 1, 2]),
    ((1, 1, 12), [12]),
    ((1, 1, 12), [3, 4]),
    ((1, 1, 12), [2, 2, 3]),
    ((1, 1, 1), [1]),
    ((2, 2, 3, 2), [24]),
    ((2, 2, 3, 2), [4, 3, 2]),
    ((2, 2, 3, 2), [3, 2, 2, 2]),
]

TABLE = {
    "Flatten": Conformance(
        flatten,
        [case({}, shape) for shape in [(5,), (3, 4), (2, 3, 4), (2, 3, 1), (1, 1, 4), (1, 3, 2), (2, 3, 2, 2)]],
    ),
    "Reshape": Conformance(reshape, [case({"target_shape": target}, shape) for shape, target in RESHAPES]),
    "ZeroPadding2D": Conformance(
        zero_padding,
        [
            case({}, (2, 3, 2)),
            *(
                case({"padding": padding}, (2, 3, 2))
                for padding in [0, 3, [1, 2], [0, 2], [[0, 1], [0, 1]], [[2, 0], [1, 3]]]
            ),
            case({"padding": [[1, 0], [0, 0]]}, (1, 1, 1), rectified=True),
        ],
    ),
}
