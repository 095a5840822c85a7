"""Compares single tensors of training: gradients, moving statistics, and weights after steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from archspec.backend import Arrays, Gradients, Optimiser
from archspec.comparison.magnitudes import Magnitudes, largest, magnitudes
from archspec.comparison.rounding import OF_SUMMANDS, Rounding, by_name
from archspec.comparison.training_report import TensorParity
from archspec.ir import Graph, Role
from archspec.weights import canonical_name

TOLERANCE = 1e-9
"""The largest relative difference of a tensor. Rounding makes about 1e-14, another function about 1."""

MOST_STEPS = 64
"""A movement may differ by the gradient's difference for this many steps: that difference varies from step to step."""


def judged_gradients(found: Sequence[Gradients], rounding: Rounding) -> Iterator[TensorParity]:
    """The gradient with respect to each input and each weight; a difference that rounding explains passes."""
    named = [by_name(each) for each in found]
    for name in named[0]:
        arrays = [each[name] for each in named]
        tensor, difference = judged(name, arrays), magnitudes(arrays).difference
        if not tensor.passed and math.isfinite(difference):
            # The summands cost a pass of their own.
            allowed = rounding.of_network if difference <= rounding.of_network else rounding.of_summands(name)
            if difference <= allowed:
                tensor = replace(tensor, passed=True, rounding=True, zero=largest(arrays) <= allowed)
        yield tensor


@dataclass(frozen=True, slots=True)
class MovingStatistic:
    """A weight that training updates without a gradient; `other` is the variance of a mean, and the mean of a variance.

    `other` is a canonical name, or None if the layer has no other one.
    """

    role: Role | None
    other: str | None


def moving_statistics(graph: Graph) -> dict[str, MovingStatistic]:
    """The network's moving statistics by their canonical names."""
    found: dict[str, MovingStatistic] = {}
    for node, weight in graph.owned_weights():
        if not weight.trainable:
            wanted = {"mean": "variance", "variance": "mean"}.get(weight.role or "")
            others = (each for each in graph.operations[node.path].weights if wanted and each.role == wanted)
            other = next((canonical_name(node, each) for each in others), None)
            found[canonical_name(node, weight)] = MovingStatistic(weight.role, other)
    return found


def judged_statistics(
    found: Sequence[Arrays], moving: Mapping[str, MovingStatistic], of_terms: Callable[[], float]
) -> Iterator[TensorParity]:
    """Each moving statistic: the difference over its own magnitude, or over one from its layer's other statistic.

    A mean is measured by the standard deviation of its values if that is larger. A variance is a difference of squares,
    so its rounding error is 64 epsilons of the mean's square. A difference of at most `of_terms`, the rounding error of
    the terms of the normalisations before it, passes.
    """
    for name in found[0]:
        statistic = moving.get(name)
        least = 0.0
        if statistic is not None and statistic.other is not None:
            size = largest([each[statistic.other] for each in found])
            least = math.sqrt(size) if statistic.role == "mean" else size * size * OF_SUMMANDS / TOLERANCE
        arrays = [each[name] for each in found]
        tensor, difference = judged(name, arrays, least), magnitudes(arrays).difference
        if not tensor.passed and math.isfinite(difference) and difference <= of_terms():
            tensor = replace(tensor, passed=True, rounding=True, zero=largest(arrays) <= of_terms())
        yield tensor


def judged_step(
    name: str, arrays: Sequence[np.ndarray], start: np.ndarray, gradient: float, optimiser: Optimiser
) -> TensorParity:
    """A weight after steps from `start`: its difference over its magnitude, and over its movement, which is smaller.

    Two differences do not count: the rounding error of the weight, and the difference `gradient` of the gradients as
    far as the steps amplify it, because it was judged before. Each step multiplies it by up to the rate over epsilon.
    """
    amplified = MOST_STEPS * gradient * optimiser.learning_rate / optimiser.epsilon / TOLERANCE
    # A weight that is 0 is measured by how far a step can move it.
    weight = judged(name, arrays, max(optimiser.learning_rate, amplified))
    least = max(OF_SUMMANDS * largest([start]) / TOLERANCE, amplified)
    movement = _judged(name, magnitudes(arrays, np.asarray(start, np.float64)), least)
    return weight if movement.passed else movement


def judged(name: str, arrays: Sequence[np.ndarray], least: float = 0.0) -> TensorParity:
    """The largest difference from the first array, over the largest magnitude in any array, or `least` if larger."""
    return _judged(name, magnitudes(arrays), least)


def _judged(name: str, found: Magnitudes, least: float) -> TensorParity:
    # Where all arrays are 0 they are the same, and the largest magnitude is no divisor.
    known = 0 < found.difference < math.inf
    difference = found.difference / max(found.largest, least) if known else found.difference
    return TensorParity(name, difference, difference <= TOLERANCE)
