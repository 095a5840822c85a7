"""Layers that move elements: in the language the channels come last."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from tests.conformance.reference import Array, Conformance, axis_of, case, pair


def flatten(x: Array) -> Array:
    return x.reshape(len(x), -1)


def reshape(x: Array, *, target_shape: Any) -> Array:
    return x.reshape(len(x), *target_shape)


def zero_padding(x: Array, *, padding: Any = 1) -> Array:
    (top, bottom), (left, right) = (pair(side) for side in pair(padding))
    found = np.zeros((len(x), top + x.shape[1] + bottom, left + x.shape[2] + right, x.shape[3]))
    found[:, top : top + x.shape[1], left : left + x.shape[2]] = x
    return found


def cropping(x: Array, *, cropping: Any = 0) -> Array:
    (top, bottom), (left, right) = (pair(side) for side in pair(cropping))
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def part(x: Array, *, axis: int = -1, start: int = 0, stop: int | None = None, step: int = 1) -> Array:
    """Python's x[start:stop:step] along one axis."""
    places = list(range(x.shape[axis]))[start:stop:step]
    return x.take(places, axis_of(axis, x))


def permute(x: Array, *, dims: list[int]) -> Array:
    """keras.layers.Permute: output axis i is input axis dims[i]; the batch is axis 0 and stays."""
    found = np.empty((len(x), *(x.shape[axis] for axis in dims)))
    for place in np.ndindex(*found.shape[1:]):
        read = dict(zip(dims, place, strict=True))
        found[:, *place] = x[:, *(read[axis] for axis in sorted(dims))]
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
    "Permute": Conformance(
        permute,
        [
            case({"dims": list(dims)}, shape)
            for shape in [(4,), (2, 3), (2, 3, 4), (1, 1, 3), (2, 3, 2, 4)]
            for dims in list(permutations(range(1, len(shape) + 1)))[:8]
        ],
    ),
    "Slice": Conformance(
        part,
        [
            *(
                case({"stop": 2, "axis": axis}, shape)
                for shape in [(4,), (3, 4), (3, 4, 5), (3, 4, 3, 5)]
                for axis in (-1, *range(1, len(shape) + 1))
            ),
            *(
                case(bounds, (4, 3, 6))
                for bounds in [
                    {},
                    {"start": 3},
                    {"start": -2},
                    {"stop": -2},
                    {"start": 1, "stop": 4},
                    {"start": -5, "stop": -1},
                    {"start": 2, "stop": 99},
                    {"start": -99, "stop": 3},
                    {"stop": 99},
                    {"step": 2},
                    {"start": 1, "step": 2},
                    {"start": 1, "stop": -1, "step": 3},
                    {"step": 99},
                    {"axis": 1, "start": 1, "step": 2},
                    {"axis": 2, "start": -1},
                    {"axis": -3, "start": 1, "stop": 3},
                ]
            ),
            case({"start": 2}, (2, 2, 4), rectified=True),
        ],
    ),
    "Cropping2D": Conformance(
        cropping,
        [
            case({}, (2, 3, 2)),
            *(
                case({"cropping": margins}, (5, 6, 2))
                for margins in [1, 2, [1, 2], [0, 2], [2, 0], [[0, 1], [0, 1]], [[1, 0], [1, 0]], [[2, 0], [1, 3]]]
            ),
            case({"cropping": [[0, 2], [1, 1]]}, (3, 3, 1), rectified=True),
        ],
    ),
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
