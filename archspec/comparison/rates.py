"""How small the steps of optimisers are: so small that one leaves the gradient more or less what it was.

A step that suits five layers makes another gradient of the next one behind twenty, and behind a hundred without
shortcuts five of them make something like 0.01 of rounding, which then decides where they lead. Too small a step hides
what an optimiser keeps of earlier gradients, because they are all alike. So the rates go by the network.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from archspec.backend import Arrays, Optimiser, TrainingBackend
from archspec.ir import Graph

SLOWER = (0, 4, 8, 12, 16)
"""Powers of two by which rates may be divided."""

MOST_CHANGE = 0.5
"""How far a step may take the gradient, in its own length; about 1.4 is one that has nothing to do with it."""


def slowed(optimiser: Optimiser, power: int) -> Optimiser:
    """The same with a rate 2^power times smaller, which is exact."""
    return replace(optimiser, learning_rate=math.ldexp(optimiser.learning_rate, -power))


def steady(
    graph: Graph,
    backend: TrainingBackend,
    model: object,
    weights: Arrays,
    inputs: Arrays,
    coefficients: Arrays,
    gradient: Arrays,
    optimiser: Optimiser,
) -> int:
    """The least power of `SLOWER` with which a step of the optimiser leaves the gradient, or else the largest.

    `gradient` is that of the weights; where it is not finite there is nothing to leave. The steps that are compared are
    of the same size in all backends, so that no difference between these is excused by what one of them does here.
    """
    allowed = MOST_CHANGE * math.sqrt(sum(_square(array) for array in gradient.values()))
    if not math.isfinite(allowed):
        return 0
    for power in SLOWER:
        next(backend.train(graph, model, weights, inputs, coefficients, slowed(optimiser, power)))
        moved = backend.gradients(graph, model, inputs, coefficients).of_weights
        if math.sqrt(sum(_square(moved[name] - array) for name, array in gradient.items())) <= allowed:
            return power
    return SLOWER[-1]


def _square(array: np.ndarray) -> float:
    return float(np.vdot(array, array))
