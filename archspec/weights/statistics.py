"""Weights as if the network had been trained: no statistic, scale or bias is 0 or 1, and values keep their size.

Fresh weights prove little: with a variance of 1 and a mean of 0, batch normalisation is the same function under many
wrong readings. Weights at random, on the other hand, make values vanish or overflow within 150 layers. So the size of
every value is estimated on the way, and each weight is drawn for what it meets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from archspec.ir import Graph, Node, Value, WeightSpec
from archspec.layers import norm
from archspec.layers.window import WindowedLayer, divisors, padding_for
from archspec.weights.distributions import Floats, uniform
from archspec.weights.draw import bit_generator
from archspec.weights.initializers import initial_values
from archspec.weights.moments import Moments, after
from archspec.weights.names import canonical_name

_SPREADS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "bias": (0.0, 0.3),
        "beta": (0.0, 0.3),
        "gamma": (1.0, 0.5),
        "alpha": (0.25, 0.2),
        "moving_mean": (0.0, 0.3),
        "moving_variance": (1.0, 0.5),
    }
)
"""Centre and greatest distance from it; the moving ones are relative to the values that they measure."""

# Means over the weights above: of the square of gamma, of the square of a bias, beta or moving mean, and the variance
# of normalised values (log(3) is the mean of 1 / moving_variance).
_GAMMA = 1 + 0.5**2 / 3
_SHIFT = 0.3**2 / 3
_NORMALISED = math.log(3) * (1 + _SHIFT)

_DAMPING = 0.93
"""How large kernels are, of what would keep values at their estimated size. SiLU and gates make more of what is larger
than estimated: in the 55 blocks of EfficientNet-B7 values would grow to thousands, until rounding decided the outputs.
At 0.95 they still grow for one seed of EfficientNet-B2 in three; what is smaller stays, for biases keep it from
vanishing."""


def randomised(graph: Graph, seed: int = 0) -> dict[str, Floats]:
    """Every weight by its canonical name, float32, in execution order, for inputs that are standard normal."""
    weights: dict[str, Floats] = {}
    moments: dict[Value, Moments] = {f"@{name}": Moments(0.0, 1.0) for name in graph.inputs}
    # What a node's weights were drawn for, which is not what another node that shares them reads.
    drawn_for: dict[str, Moments] = {}
    for node in graph.nodes:
        shapes = graph.input_shapes(node)
        read = [moments[value] for value in node.inputs]
        specs = node.layer.weights(shapes)
        reference = drawn_for[node.shares] if node.shares else drawn_for.setdefault(node.path, read[0])
        terms = _terms(node, graph)
        moments[node.path] = _weighted(node, terms, read[0], reference) or after(node.layer, read, shapes)
        if node.shares is None:
            for weight in specs:
                name = canonical_name(node, weight)
                weights[name] = _draw(weight, seed, name, reference, terms)
    return weights


def _draw(weight: WeightSpec, seed: int, name: str, read: Moments, terms: float) -> Floats:
    """Values for a weight that meets elements with the moments `read` and sums `terms` products of them."""
    bits = bit_generator(seed, name)
    size = math.prod(weight.shape)
    if weight.slot in _SPREADS:
        centre, distance = _SPREADS[weight.slot]
        values = uniform(bits, size, distance)
        values += np.float32(centre)
        if weight.slot == "moving_mean":
            values *= np.float32(read.deviation)
            values += np.float32(read.mean)
        elif weight.slot == "moving_variance":
            values *= np.float32(read.variance)
        return values.reshape(weight.shape)
    if weight.slot == "kernel" and terms:
        return uniform(bits, size, _DAMPING * math.sqrt(3 / (terms * read.power))).reshape(weight.shape)
    return initial_values(weight, bits)


def _terms(node: Node, graph: Graph) -> float:
    """How many products are summed for one element, on the average; those with padding do not count."""
    shapes = graph.input_shapes(node)
    terms = node.layer.multiply_adds(shapes, node.type.shape) / node.type.size
    if terms and isinstance(node.layer, WindowedLayer) and node.layer.spread == (1, 1):
        edges = padding_for(node.layer, shapes[0])
        for size, kernel, stride, padding in zip(shapes[0], node.layer.window, node.layer.strides, edges, strict=False):
            counts = divisors(size, kernel, stride, padding)
            terms *= sum(max(count, 0) for count in counts) / (kernel * len(counts))
    return terms


def _weighted(node: Node, terms: float, read: Moments, reference: Moments) -> Moments | None:
    """The output's moments where weights decide them, which were drawn for the moments `reference`."""
    layer = node.layer
    if terms:
        return Moments(0.0, read.power / reference.power + (_SHIFT if getattr(layer, "use_bias", False) else 0))
    if isinstance(layer, norm.BatchNormalization):
        variance = read.variance / reference.variance * _NORMALISED * (_GAMMA if layer.scale else 1)
        mean = (read.mean - reference.mean) / reference.deviation
        return Moments(mean, variance + (_SHIFT if layer.center else 0))
    if isinstance(layer, norm.Scale):
        return Moments(read.mean, read.power * _GAMMA + _SHIFT - read.mean**2)
    if isinstance(layer, norm.LayerScale):
        return Moments(read.mean, read.power * _GAMMA - read.mean**2)
    return None
