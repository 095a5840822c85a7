"""Chooses learning rates so small that one step changes the gradient little.

A rate for five layers changes the next gradient completely in a chain of twenty layers. In a hundred layers without
shortcuts, five such steps amplify rounding errors to 0.01, and rounding decides the result. A rate that is too small
hides the optimiser's averages over earlier gradients, because all gradients are equal. So the rates depend on the
network.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from archspec.backend import Arrays, Optimiser, TrainingBackend
from archspec.ir import Graph

POWERS = (0, 4, 8, 12, 16)
"""The usual rates are divided by 2 to one of these powers."""

LARGEST_CHANGE = 0.5
"""The largest change of the gradient by a step, over the gradient's norm; for independent gradients it is about 1.4."""


def with_smaller_rate(optimiser: Optimiser, power: int) -> Optimiser:
    """The optimiser with its rate divided by 2^power, which is exact."""
    return replace(optimiser, learning_rate=math.ldexp(optimiser.learning_rate, -power))


def smallest_power(
    graph: Graph,
    backend: TrainingBackend,
    model: object,
    weights: Arrays,
    inputs: Arrays,
    coefficients: Arrays,
    gradient: Arrays,
    optimiser: Optimiser,
) -> int:
    """The smallest of `POWERS` with which a step changes the gradient by at most `LARGEST_CHANGE`, or the largest.

    `gradient` is the gradient of each weight by its canonical name; if it is not finite, the power is 0. All backends
    take steps of the same rate, so the choice of the backend here excuses no difference.
    """
    allowed = LARGEST_CHANGE * math.sqrt(sum(_square(array) for array in gradient.values()))
    if not math.isfinite(allowed):
        return 0
    for power in POWERS:
        next(backend.train(graph, model, weights, inputs, coefficients, with_smaller_rate(optimiser, power)))
        moved = backend.gradients(graph, model, inputs, coefficients).of_weights
        if math.sqrt(sum(_square(moved[name] - array) for name, array in gradient.items())) <= allowed:
            return power
    return POWERS[-1]


def _square(array: np.ndarray) -> float:
    return float(np.vdot(array, array))
