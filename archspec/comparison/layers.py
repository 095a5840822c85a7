"""Finds the layers that differ in inference: every value is compared, and each layer that differs is run alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from archspec.backend import Arrays, Backend
from archspec.comparison.compare import TOLERANCE
from archspec.comparison.distances import relative_error
from archspec.comparison.failed_layer import naming_the_layer
from archspec.comparison.layers_report import Element, LayerParity, LayersReport, attributes_of, place_of
from archspec.comparison.running import load
from archspec.comparison.shape_mismatch import has_axes, shape_mismatch
from archspec.comparison.single_layer import single_layer, single_layer_inputs
from archspec.ir import Axes, Graph, Node
from archspec.passes import expose, restrict

Values = Mapping[str, Arrays]
"""The values of a network by the backend's name, and there by their texts."""


@naming_the_layer
def compare_layers(graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays) -> LayersReport:
    """Compares every layer's output in float64; `weights` are canonical, `inputs` have a batch axis.

    Every backend runs a layer whose output differs alone, on the inputs that each backend gave it in the network. If
    the network differs, and the network with all values as outputs does not, the network is cut off after each layer in
    turn.
    """
    exposed = expose(graph, (result for node in graph.nodes for result in node.results))
    values = {backend.name: _values(exposed, backend, weights, inputs) for backend in backends}
    found = differing(graph, backends, weights, values)
    together = not found and _differs(graph, backends, weights, inputs)
    if together:
        found = _cut_off(graph, backends, weights, inputs)
    names = tuple(backend.name for backend in backends)
    return LayersReport(graph.name, names, "inference", len(graph.nodes), tuple(found), together)


def differing(graph: Graph, backends: Sequence[Backend], weights: Arrays, values: Values) -> list[LayerParity]:
    """The layers whose outputs differ, with their differences when run alone."""
    different: set[str] = set()
    found = []
    for node in graph.nodes:
        arrays = {name: each[node.path] for name, each in values.items()}
        difference = largest_difference(node.type.axes, list(arrays.values()))
        if difference <= TOLERANCE:
            continue
        different.add(node.path)
        given = [[each[str(value)] for value in node.inputs] for each in values.values()]
        inherited = any(str(value) in different for value in node.inputs)
        own = _alone(node, backends, weights, given)
        found.append(described(graph, node, arrays, difference, inherited, own))
    return found


def described(
    graph: Graph, node: Node, arrays: Arrays, difference: float, inherited: bool, own: Mapping[str, float]
) -> LayerParity:
    """The report of a layer that differs; `arrays` are its output by the backend's name."""
    return LayerParity(
        path=node.path,
        layer_type=type(node.layer).__name__,
        attributes=attributes_of(node),
        place=place_of(graph, node),
        difference=difference,
        inherited=inherited,
        worst=worst_element(arrays) if difference > TOLERANCE else None,
        alone=own,
        shape_mismatch=shape_mismatch(node.path, node.type.axes, arrays),
    )


def largest_difference(axes: Axes, arrays: Sequence[np.ndarray]) -> float:
    """The largest relative error against the first array; infinite if an array has other axes."""
    first, *others = arrays
    if not has_axes(first, axes):
        return math.inf
    return max(relative_error(other, first) for other in others)


def worst_element(arrays: Mapping[str, np.ndarray]) -> Element | None:
    """The element with the largest difference between the first two arrays that differ; None for different shapes."""
    first, *others = arrays.values()
    if any(other.shape != first.shape for other in others):
        return None
    distance = np.max([np.nan_to_num(np.abs(other - first), nan=math.inf) for other in others], axis=0)
    index = np.unravel_index(int(np.argmax(distance)), distance.shape)
    return Element(tuple(map(int, index)), {name: float(array[index]) for name, array in arrays.items()})


def _values(exposed: Graph, backend: Backend, weights: Arrays, inputs: Arrays) -> dict[str, np.ndarray]:
    """The arrays of the network's inputs and exposed values, by the values' texts."""
    model = load(exposed, backend, weights)
    found = backend.run(exposed, model, {name: np.asarray(inputs[name], np.float64) for name in exposed.inputs})
    values = {str(value): found[name] for name, value in exposed.outputs.items()}
    return values | {f"@{name}": np.asarray(array, np.float64) for name, array in inputs.items()}


def _alone(
    node: Node, backends: Sequence[Backend], weights: Arrays, given: Sequence[Sequence[np.ndarray]]
) -> dict[str, float]:
    """The largest difference of the layer when run alone, if it is too large."""
    single = single_layer(node, weights)
    models = [load(single.graph, backend, single.weights) for backend in backends]
    worst = 0.0
    for arrays in given:
        # An earlier layer may have computed a value of another shape.
        if not all(has_axes(array, each.axes) for array, each in zip(arrays, node.reads, strict=True)):
            continue
        results = [
            backend.run(single.graph, model, single_layer_inputs(arrays))["y"]
            for backend, model in zip(backends, models, strict=True)
        ]
        worst = max(worst, largest_difference(node.type.axes, results))
    return {"output": worst} if worst > TOLERANCE else {}


def _differs(graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays) -> bool:
    """Whether the network's own outputs differ."""
    values = [_values(graph, backend, weights, inputs) for backend in backends]
    return any(
        largest_difference(value.type.axes, [each[str(value)] for each in values]) > TOLERANCE
        for value in graph.outputs.values()
    )


def _cut_off(graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays) -> list[LayerParity]:
    """The first layer after which the network, cut off, differs."""
    for node in graph.nodes:
        part = restrict(graph, node.results)
        own = {f"{owner.path}:{weight.slot}" for owner, weight in part.owned_weights()}
        part_weights = {name: weights[name] for name in own}
        arrays = {backend.name: _values(part, backend, part_weights, inputs)[node.path] for backend in backends}
        difference = largest_difference(node.type.axes, list(arrays.values()))
        if difference > TOLERANCE:
            return [described(graph, node, arrays, difference, False, {})]
    return []
