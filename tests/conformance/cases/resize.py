"""Images of other sizes: pixel i of n covers what is from i / n to (i + 1) / n of the image."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from tests.conformance.reference import Array, Conformance, case, pair


def resizing(x: Array, *, height: int, width: int, interpolation: str = "bilinear") -> Array:
    """keras.layers.Resizing without antialiasing, cropping or padding."""
    for axis, wanted in ((1, height), (2, width)):
        size = x.shape[axis]
        centres = [Fraction(2 * place + 1, 2 * wanted) * size for place in range(wanted)]
        rows = [x.take(math.floor(centre), axis) for centre in centres]
        if interpolation == "bilinear":
            rows = [_between(x, centre - Fraction(1, 2), axis) for centre in centres]
        x = np.stack(rows, axis)
    return x


def _between(x: Array, place: Fraction, axis: int) -> Array:
    """The straight line between the two pixels whose centres are nearest; beyond the last there is only that one."""
    before = math.floor(place)
    first, second = (x.take(min(max(index, 0), x.shape[axis] - 1), axis) for index in (before, before + 1))
    return first * float(1 - (place - before)) + second * float(place - before)


def up_sampling(x: Array, *, size: Any = 2, interpolation: str = "nearest") -> Array:
    """keras.layers.UpSampling2D."""
    rows, columns = pair(size)
    if interpolation == "nearest":
        return x.repeat(rows, 1).repeat(columns, 2)
    return resizing(x, height=x.shape[1] * rows, width=x.shape[2] * columns)


TABLE = {
    "UpSampling2D": Conformance(
        up_sampling,
        [
            case({}, (2, 3, 4)),
            *(
                case({"size": size, "interpolation": interpolation}, shape)
                for interpolation in ("nearest", "bilinear")
                for size in [1, 2, 3, [2, 1], [1, 4]]
                for shape in [(3, 4, 2), (1, 1, 3), (1, 5, 1)]
            ),
            case({"size": 41}, (2, 3, 1)),
            case({"size": [3, 47]}, (2, 2, 1)),
            case({"interpolation": "bilinear"}, (4, 3, 2), rectified=True),
        ],
    ),
    "Resizing": Conformance(
        resizing,
        [
            case({"height": 5, "width": 6}, (3, 4, 2)),
            *(
                case({"height": height, "width": width, "interpolation": interpolation}, shape)
                for interpolation in ("nearest", "bilinear")
                for height, width in [(7, 9), (3, 2), (1, 1), (2, 11), (5, 6), (14, 10)]
                for shape in [(5, 6, 2), (1, 1, 3), (7, 1, 1), (14, 15, 1)]
                # "nearest" from 15 to 9 falls between pixels, as from 15 to 6.
                if interpolation == "bilinear" or (shape[1], width) not in [(15, 9), (15, 6), (15, 11), (15, 2)]
            ),
            case({"height": 4, "width": 4, "interpolation": "nearest"}, (224, 9, 1)),
            case({"height": 33, "width": 65}, (9, 17, 1), spread=50.0),
            case({"height": 3, "width": 3}, (7, 7, 2), rectified=True),
        ],
    ),
}
