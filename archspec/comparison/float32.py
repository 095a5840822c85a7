"""How far float32 arithmetic may lead away from the exact result, whatever the processor.

A sum of n products that is computed in float32, in any order, is the exact sum of products of which each is off by a
random relative error of up to about sqrt(n) u, where u = 2^-24 is the unit roundoff (Higham and Mary 2019, A new
approach to probabilistic rounding error analysis, doi:10.1137/18M1226312). So the network is run in float64, with its
weights and its inputs moved by so much at random: the outputs move as far as rounding may take them in this network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from archspec.backend import Arrays, Backend
from archspec.comparison.distances import relative_distance
from archspec.comparison.running import load
from archspec.ir import Graph

UNIT_ROUNDOFF = 2.0**-24

DRAWS = 2
"""How often the network is moved; the root of the mean square of the distances counts."""


def rounding_errors(
    graph: Graph, backend: Backend, weights: Arrays, inputs: Arrays, exact: Arrays, *, seed: int = 0
) -> dict[str, float]:
    """For each output by its name the relative Euclidean distance that rounding to float32 may make.

    `exact` are the outputs in float64, as the backend computes them from the weights and inputs.
    """
    terms = _terms(graph)
    squares = dict.fromkeys(graph.outputs, 0.0)
    for draw in range(DRAWS):
        generator = np.random.Generator(np.random.PCG64([seed, 2, draw]))
        moved = {name: _moved(array, terms[name], generator) for name, array in weights.items()}
        model = load(graph, backend, moved)
        outputs = backend.run(graph, model, {name: _moved(array, 1.0, generator) for name, array in inputs.items()})
        for name in squares:
            squares[name] += relative_distance(outputs[name], exact[name]) ** 2 / DRAWS
    return {name: math.sqrt(square) for name, square in squares.items()}


def _terms(graph: Graph) -> Mapping[str, float]:
    """How many products are added up for one element where a weight is used, by the weight's canonical name."""
    terms: dict[str, float] = {}
    for node in graph.nodes:
        shapes = graph.input_shapes(node)
        products = node.layer.multiply_adds(shapes, node.type.shape) / node.type.size
        for weight in node.layer.weights(shapes):
            name = f"{node.shares or node.path}:{weight.slot}"
            terms[name] = max(terms.get(name, 1.0), products)
    return terms


def _moved(array: Any, terms: float, generator: np.random.Generator) -> Any:
    """The array in float64, each element off by a relative error of up to sqrt(terms) times the unit roundoff."""
    exact = np.asarray(array, np.float64)
    return exact * (1 + UNIT_ROUNDOFF * math.sqrt(terms) * generator.uniform(-1, 1, exact.shape))
