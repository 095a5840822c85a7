"""Estimates how far float32 rounding moves a network's outputs, on any processor.

A sum of n products computed in float32, in any order, is the exact sum of perturbed products. Each has a random
relative error of up to about sqrt(n) u, where u = 2^-24 is the unit roundoff (Higham and Mary 2019, A new approach to
probabilistic rounding error analysis, doi:10.1137/18M1226312). So the network runs in float64 with random perturbations
of this size in the weights and the inputs of each layer (`Layer.roundoffs`). They change the outputs as much as
rounding can.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archspec.backend import Arrays, Backend
from archspec.comparison.distances import relative_distance
from archspec.comparison.running import load
from archspec.errors import EmitError
from archspec.ir import Graph, Node, Value
from archspec.layers.norm import LayerScale

UNIT_ROUNDOFF = 2.0**-24

DRAWS = 2
"""The number of runs with perturbations; the result is the root mean square of their distances."""


def rounding_errors(
    graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays, exact: Arrays, *, seed: int = 0
) -> dict[str, float]:
    """The relative Euclidean distance that float32 rounding can make, for each output by its name.

    `exact` are the outputs in float64. The first backend that can express the perturbable network runs it.
    """
    perturbable = _perturbable(graph)
    backend = _able(backends, perturbable.graph)
    squares = dict.fromkeys(graph.outputs, 0.0)
    for draw in range(DRAWS):
        generator = np.random.Generator(np.random.PCG64([seed, 2, draw]))
        model = load(perturbable.graph, backend, dict(perturbable.weights(weights, generator)))
        perturbed = {name: _perturbed(array, 1.0, generator) for name, array in inputs.items()}
        outputs = backend.run(perturbable.graph, model, perturbed)
        for name in squares:
            squares[name] += relative_distance(outputs[name], exact[name]) ** 2 / DRAWS
    return {name: math.sqrt(square) for name, square in squares.items()}


@dataclass(frozen=True)
class _Perturbable:
    """A graph in which no layers share weights, and each layer's inputs have a factor for each channel."""

    graph: Graph
    origin: Graph

    def weights(self, weights: Arrays, generator: np.random.Generator) -> Iterator[tuple[str, Any]]:
        """The perturbed weights, different for each use, and the factors, which are nearly 1."""
        for index, node in enumerate(self.origin.nodes):
            shapes = [type_.shape for type_ in node.reads]
            roundoffs = node.layer.roundoffs(shapes, node.type.shape)
            for place, shape in enumerate(shapes):
                yield f"{_factor(index, place)}:gamma", _perturbed(np.ones(shape[-1:]), roundoffs, generator)
            for weight in self.origin.operations[node.path].weights:
                given = weights[f"{node.owner}:{weight.slot}"]
                yield f"{_layer(index)}:{weight.slot}", _perturbed(given, roundoffs, generator)


def _perturbable(graph: Graph) -> _Perturbable:
    found: dict[Value, Value] = {value: value for value in graph.input_values.values()}
    nodes: list[Node] = []
    for index, node in enumerate(graph.nodes):
        factors = [
            Node(_factor(index, place), LayerScale(), (found[value],), (value.type,), named=True)
            for place, value in enumerate(node.inputs)
        ]
        scaled = Node(_layer(index), node.layer, tuple([each.result for each in factors]), node.types, named=True)
        nodes += [*factors, scaled]
        found |= zip(node.results, scaled.results, strict=True)
    outputs = {name: found[value] for name, value in graph.outputs.items()}
    return _Perturbable(Graph(graph.name, graph.inputs, tuple(nodes), outputs), graph)


def _layer(index: int) -> str:
    return f"layer{index}"


def _factor(index: int, place: int) -> str:
    return f"factor{index}_{place}"


def _able(backends: Sequence[Backend], graph: Graph) -> Backend:
    """The first backend that can express the graph; raises `EmitError` if none can."""
    *others, last = backends
    for backend in others:
        try:
            backend.emit(graph)
        except EmitError:
            continue
        return backend
    return last


def _perturbed(array: Any, roundoffs: float, generator: np.random.Generator) -> Any:
    """The array in float64, with relative errors of up to this many unit roundoffs."""
    exact = np.asarray(array, np.float64)
    return exact * (1 + UNIT_ROUNDOFF * roundoffs * generator.uniform(-1, 1, exact.shape))
