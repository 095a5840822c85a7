"""Layers of several inputs."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from tests.conformance.cases.activation import with_activation
from tests.conformance.reference import Array, Case, Conformance, Shape, axis_of, case


def add(*inputs: Array) -> Array:
    return reduce(np.add, inputs)


def multiply(*inputs: Array) -> Array:
    return math.prod(inputs)  # type: ignore[type-var,return-value]


def subtract(first: Array, second: Array) -> Array:
    return first - second


def average(*inputs: Array) -> Array:
    return add(*inputs) / len(inputs)


def maximum(*inputs: Array) -> Array:
    return reduce(np.maximum, inputs)


def minimum(*inputs: Array) -> Array:
    return reduce(np.minimum, inputs)


def concatenate(*inputs: Array, axis: int = -1) -> Array:
    return np.concatenate(inputs, axis_of(axis, inputs[0]))


RANKS: list[Shape] = [(5,), (3, 4), (2, 3, 4), (2, 1, 2, 3)]


def elementwise(most: int = 4) -> list[Case]:
    """Two and more inputs of every rank, and inputs that are repeated along axes of length 1."""
    counts = [count for count in (2, 3, 4) if count <= most]
    return [
        *(case({}, *[shape] * count) for shape in RANKS for count in counts),
        case({}, (3, 4, 2), (1, 1, 2)),
        case({}, (1, 1, 2), (3, 4, 2)),
        case({}, (3, 4, 1), (3, 4, 2)),
        case({}, (3, 1, 2), (1, 4, 2)),
        case({}, (3, 1), (1, 4)),
        case({}, (4,), (1,)),
        case({}, (2, 3, 2), (2, 3, 2), rectified=True),
        case({"activation": "relu"}, (2, 3, 2), (2, 3, 2)),
    ]


TABLE = {
    "Add": Conformance(with_activation(add), elementwise()),
    "Multiply": Conformance(with_activation(multiply), elementwise()),
    "Subtract": Conformance(with_activation(subtract), elementwise(most=2)),
    "Average": Conformance(with_activation(average), elementwise()),
    "Maximum": Conformance(with_activation(maximum), elementwise()),
    "Minimum": Conformance(with_activation(minimum), elementwise()),
    "Concatenate": Conformance(
        with_activation(concatenate),
        [
            case({"activation": "sigmoid"}, (2, 3), (2, 1)),
            case({}, (3,), (4,)),
            case({}, (3,), (4,), (1,)),
            case({"axis": 1}, (3,), (4,)),
            case({}, (2, 3), (2, 1)),
            case({"axis": 1}, (2, 3), (4, 3)),
            case({"axis": -2}, (2, 3), (4, 3)),
            case({}, (2, 3, 4), (2, 3, 1), (2, 3, 2)),
            case({"axis": 3}, (2, 3, 4), (2, 3, 1)),
            case({"axis": 1}, (2, 3, 4), (1, 3, 4)),
            case({"axis": 2}, (2, 3, 4), (2, 1, 4)),
            case({"axis": -2}, (2, 3, 4), (2, 1, 4)),
            case({"axis": -3}, (2, 3, 4), (1, 3, 4)),
            case({"axis": 2}, (2, 1, 3, 2), (2, 4, 3, 2)),
            case({"axis": -1}, (2, 2, 2, 2), (2, 2, 2, 1)),
        ],
    ),
}
