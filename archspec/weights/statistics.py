"""Weights as if the network had been trained: no statistic, scale or bias is 0 or 1, and values keep their magnitudes.

Initial weights prove little: with a variance of 1 and a mean of 0, many wrong implementations of batch normalisation
compute the same. Purely random weights make values vanish or overflow within 150 layers. So the moments of every value
are estimated, and each weight is drawn for its inputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from archspec.ir import Graph, Moments, Node, Role, Value, WeightSpec
from archspec.ir.initializers import constant
from archspec.ir.moments import NORMALISED
from archspec.layers.window import WindowedLayer, divisors, padding_for
from archspec.weights.distributions import Floats, uniform
from archspec.weights.draw import bit_generator
from archspec.weights.initializers import initial_values
from archspec.weights.names import canonical_name

_SPREADS: Mapping[Role, tuple[float, float]] = MappingProxyType(
    {"shift": (0.0, 0.3), "scale": (1.0, 0.5), "mean": (0.0, 0.3), "variance": (1.0, 0.5)}
)
"""The centre and the largest distance from it; for moving statistics, relative to the values that they measure."""

# Means over the weights above: of the square of a scale, of the square of a shift or moving mean, and the variance of
# normalised values (log(3) is the mean of 1 / variance).
_SCALE = 1 + 0.5**2 / 3
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
    moments: dict[Value, Moments] = dict.fromkeys(graph.input_values.values(), NORMALISED)
    # The moments that a node's weights were drawn for; another node with the same weights has other inputs.
    drawn_for: dict[str, Moments] = {}
    for node in graph.nodes:
        read = [moments[value] for value in node.inputs]
        specs = graph.operations[node.path].weights
        reference = drawn_for[node.shares] if node.shares else drawn_for.setdefault(node.path, read[0])
        terms = _terms(node)
        moments[node.result] = _output(node, specs, terms, read, reference)
        if node.shares is None:
            for weight in specs:
                name = canonical_name(node, weight)
                weights[name] = _draw(weight, seed, name, reference, terms)
    return weights


def _draw(weight: WeightSpec, seed: int, name: str, read: Moments, terms: float) -> Floats:
    """Values for a weight whose inputs have the moments `read`, and which sums `terms` products."""
    bits = bit_generator(seed, name)
    size = math.prod(weight.shape)
    if terms and _is_kernel(weight):
        return uniform(bits, size, _DAMPING * math.sqrt(3 / (terms * read.power))).reshape(weight.shape)
    spread = _spread(weight)
    if spread is None:
        return initial_values(weight, bits)
    centre, distance = spread
    values = uniform(bits, size, distance)
    values += np.float32(centre)
    if weight.role == "mean":
        values *= np.float32(read.deviation)
        values += np.float32(read.mean)
    elif weight.role == "variance":
        values *= np.float32(read.variance)
    return values.reshape(weight.shape)


def _is_kernel(weight: WeightSpec) -> bool:
    """Whether products of the weight are summed, in a layer that sums any: a random initializer says so too."""
    if weight.role is None and weight.drawn is None:
        return constant(weight) is None
    return weight.role == "kernel"


def _spread(weight: WeightSpec) -> tuple[float, float] | None:
    """The centre and the largest distance of a uniform distribution; None for a weight's own initializer."""
    if weight.drawn is not None:
        low, high = weight.drawn
        return (low + high) / 2, (high - low) / 2
    if weight.role is not None:
        return _SPREADS.get(weight.role)
    first = constant(weight)
    # Zeros would hide the weight's effect, and so would any other constant.
    return None if first is None else (first, abs(first) / 2 or 0.3)


def _terms(node: Node) -> float:
    """The average number of products in one element, without products of padding."""
    shapes = [type_.shape for type_ in node.reads]
    terms = node.layer.multiply_adds(shapes, node.type.shape) / node.type.size
    if terms and isinstance(node.layer, WindowedLayer) and node.layer.spread == (1, 1):
        edges = padding_for(node.layer, shapes[0])
        for size, kernel, stride, padding in zip(shapes[0], node.layer.window, node.layer.strides, edges, strict=False):
            counts = divisors(size, kernel, stride, padding)
            terms *= sum(max(count, 0) for count in counts) / (kernel * len(counts))
    return terms


def _output(
    node: Node, weights: Sequence[WeightSpec], terms: float, read: Sequence[Moments], reference: Moments
) -> Moments:
    """The output's moments; the weights were drawn for the moments `reference`."""
    roles = {weight.role for weight in weights}
    if terms and any(map(_is_kernel, weights)):
        found = Moments(0.0, read[0].power / reference.power)
    elif {"mean", "variance"} <= roles:
        variance = read[0].variance / reference.variance * _NORMALISED
        found = Moments((read[0].mean - reference.mean) / reference.deviation, variance)
    else:
        found = node.layer.moments(read, [type_.shape for type_ in node.reads])
    if roles.isdisjoint(("scale", "shift")):
        return found
    power = found.power * (_SCALE if "scale" in roles else 1) + (_SHIFT if "shift" in roles else 0)
    return Moments(found.mean, power - found.mean**2)
