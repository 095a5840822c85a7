"""The magnitudes of the summands of a weight's gradient, which bound the rounding error of their sum.

A bias before a batch normalisation changes nothing, so its gradient is exactly 0, and a framework computes the rounding
error of a sum whose summands cancel. The size of the result says nothing about that error, the summands' size does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from archspec.backend import Arrays, TrainingBackend
from archspec.comparison.normalised_terms import normalised_terms
from archspec.comparison.running import load
from archspec.ir import Graph, Layer
from archspec.passes import expose


def summand_magnitudes(
    graph: Graph, backend: TrainingBackend, weights: Arrays, inputs: Arrays, coefficients: Arrays
) -> Mapping[str, float]:
    """For each weight, by its canonical name, a bound of the sum of the magnitudes of its gradient's summands.

    The loss is the sum of the graph's outputs times the coefficients. A summand is the gradient of one element of the
    layer's output times the factor of the weight there. The factor of a shift is 1. That of the scale of n normalised
    elements is at most sqrt(n), or the largest element over the deviation, if this is more. Any other factor is at most
    the largest element of the input.
    """
    owners = {node.path for node, _ in graph.owned_weights()}
    users = [node for node in graph.nodes if node.owner in owners]
    exposed = expose(graph, [value for node in users for value in (node.result, *node.inputs)])
    found = backend.gradients(exposed, load(exposed, backend, weights), inputs, coefficients)
    names = {value: name for name, value in exposed.outputs.items()}
    bounds: dict[str, float] = {}
    for node in users:
        read = found.outputs[names[node.inputs[0]]]
        gradient = found.of_outputs[names[node.result]]
        magnitudes = np.abs(gradient).reshape(-1, gradient.shape[-1]).sum(0)
        for weight in node.layer.weights(node.reads):
            name = f"{node.owner}:{weight.slot}"
            factors = 1.0 if weight.role == "shift" else _largest_factors(node.layer, read)
            bounds[name] = bounds.get(name, 0.0) + float((magnitudes * factors).max(initial=0.0))
    return bounds


def _largest_factors(layer: Layer, read: np.ndarray) -> float | np.ndarray:
    """The largest factor of a weight; of a scale the largest for each channel."""
    normalisation = layer.normalisation(read.ndim)
    if normalisation is None:
        return float(np.abs(read).max(initial=0.0))
    # Of n normalised elements, whose mean square is 1, none is above sqrt(n); the terms are larger where x is constant.
    terms, together = normalised_terms(normalisation, read)
    factors: np.ndarray = np.maximum(terms, math.sqrt(together))
    return factors
