"""Finds the layers that differ in training: in the forward pass, the backward pass, or the moving statistics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from archspec.backend import Arrays, Backend, Gradients, TrainingBackend
from archspec.comparison.failed_layer import naming_the_layer
from archspec.comparison.layers import compare_layers, described
from archspec.comparison.layers_report import LayerParity, LayersReport
from archspec.comparison.rounding import Rounding
from archspec.comparison.running import load
from archspec.comparison.shape_mismatch import has_axes, shape_mismatch
from archspec.comparison.single_layer import single_layer, single_layer_inputs
from archspec.comparison.training import check_samples, random_coefficients, shape_mismatches, training_backends
from archspec.comparison.training_report import TensorParity
from archspec.comparison.training_tensors import (
    TOLERANCE,
    judged,
    judged_gradients,
    judged_statistics,
    moving_statistics,
)
from archspec.ir import Graph, Node
from archspec.passes import expose, switch_off_random


@dataclass(frozen=True, slots=True)
class _Traced:
    """One pass of a backend in training mode: all values, and the loss's gradients with respect to them."""

    values: Arrays
    gradients: Arrays
    found: Gradients


@naming_the_layer
def compare_training_layers(
    graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays, *, seed: int = 0
) -> LayersReport:
    """Compares every layer in training mode, in float64: its output, and the gradients of its inputs and weights.

    Every backend runs a layer that differs alone, forward and backward, on the inputs and gradients that each backend
    gave it in the network; a remaining difference is the layer's own. If an output's shape is not the inferred one,
    there is no loss, and the layers are compared in inference. Raises `ArchspecError` as `compare_training` does.
    """
    trainers = training_backends(backends)
    check_samples(inputs)
    graph, _ = switch_off_random(graph)
    if shape_mismatches(graph, trainers, [load(graph, each, weights) for each in trainers], inputs):
        return compare_layers(graph, trainers, weights, inputs)
    coefficients = random_coefficients(graph, inputs, seed)
    exposed = expose(graph, (result for node in graph.nodes for result in node.results))
    traced = {each.name: _traced(exposed, each, weights, inputs, coefficients) for each in trainers}
    different = _different_values(graph, traced)
    rounding = Rounding(exposed, trainers, weights, inputs, coefficients, [each.found for each in traced.values()])
    tensors = _different_tensors(graph, traced, rounding)
    of_inputs = tuple(name for name in tensors if name.startswith("@"))
    owners = {name.rpartition(":")[0] for name in tensors if name not in of_inputs}
    suspects = _suspects(graph, traced, different | owners)
    examined = [_examined(graph, node, trainers, weights, traced, different) for node in suspects]
    # Gradients of values, too, may differ by rounding alone; then no other tensor differs.
    layers = tuple(each for each in examined if each.alone or each.path in different | owners)
    return LayersReport(graph.name, tuple(traced), "training", len(graph.nodes), layers, inputs=of_inputs)


def _traced(exposed: Graph, backend: TrainingBackend, weights: Arrays, inputs: Arrays, coefficients: Arrays) -> _Traced:
    model = load(exposed, backend, weights)
    found = backend.gradients(exposed, model, inputs, coefficients)
    values = {str(value): found.outputs[name] for name, value in exposed.outputs.items()}
    gradients = {str(value): found.of_outputs[name] for name, value in exposed.outputs.items()}
    values |= {f"@{name}": np.asarray(inputs[name], np.float64) for name in exposed.inputs}
    gradients |= {f"@{name}": array for name, array in found.of_inputs.items()}
    return _Traced(values, gradients, found)


def _different_values(graph: Graph, traced: Mapping[str, _Traced]) -> set[str]:
    return {node.path for node in graph.nodes if _difference(node, traced) > TOLERANCE}


def _outputs(node: Node, traced: Mapping[str, _Traced]) -> dict[str, np.ndarray]:
    return {name: each.values[node.path] for name, each in traced.items()}


def _difference(node: Node, traced: Mapping[str, _Traced]) -> float:
    """The largest difference of the layer's output within the network."""
    arrays = _outputs(node, traced)
    wrong = shape_mismatch(node.path, node.type.axes, arrays)
    return math.inf if wrong else judged(node.path, list(arrays.values())).difference


def _different_tensors(graph: Graph, traced: Mapping[str, _Traced], rounding: Rounding) -> list[str]:
    """The weights and inputs (`@name`) with different gradients, and the different statistics."""
    found = [each.found for each in traced.values()]
    statistics = judged_statistics([each.statistics for each in found], moving_statistics(graph), rounding.of_terms)
    tensors = [*judged_gradients(found, rounding), *statistics]
    return [tensor.name for tensor in tensors if not tensor.passed]


def _suspects(graph: Graph, traced: Mapping[str, _Traced], different: set[str]) -> Iterator[Node]:
    """The nodes with a different value, gradient or statistic, in execution order."""
    gradients = {
        value for value in graph.values if not judged(value, [each.gradients[value] for each in traced.values()]).passed
    }
    for node in graph.nodes:
        if {node.path, node.shares} & different or gradients & {node.path, *map(str, node.inputs)}:
            yield node


def _examined(
    graph: Graph,
    node: Node,
    backends: Sequence[TrainingBackend],
    weights: Arrays,
    traced: Mapping[str, _Traced],
    different: set[str],
) -> LayerParity:
    """Runs the layer alone on the inputs that each backend gave it."""
    single = single_layer(node, weights)
    own: dict[str, float] = {}
    for each in traced.values():
        if not all(has_axes(each.values[str(value)], value.type.axes) for value in node.inputs):
            continue
        inputs = single_layer_inputs([each.values[str(value)] for value in node.inputs])
        coefficients = {"y": each.gradients[node.path]}
        found = [
            backend.gradients(single.graph, load(single.graph, backend, single.weights), inputs, coefficients)
            for backend in backends
        ]
        rounding = Rounding(single.graph, backends, single.weights, inputs, coefficients, found)
        for what, difference in _own_differences(single.graph, found, rounding):
            own[what] = max(own.get(what, 0.0), difference)
    # A layer with an equal output is also examined if the gradients from its consumers differ.
    inherited = node.path not in different or any(str(value) in different for value in node.inputs)
    return described(graph, node, _outputs(node, traced), _difference(node, traced), inherited, own)


def _own_differences(graph: Graph, found: Sequence[Gradients], rounding: Rounding) -> Iterator[tuple[str, float]]:
    """The tensors that differ, in words, and their differences."""
    tensors: list[tuple[str, TensorParity]] = [("output", judged("y", [each.outputs["y"] for each in found]))]
    for tensor in judged_gradients(found, rounding):
        name = tensor.name
        what = f"input {name[2:]}" if name.startswith("@") else name.rpartition(":")[2]
        tensors.append((f"gradient of {what}", tensor))
    statistics = judged_statistics([each.statistics for each in found], moving_statistics(graph), rounding.of_terms)
    tensors += [(each.name.rpartition(":")[2], each) for each in statistics]
    yield from ((what, tensor.difference) for what, tensor in tensors if not tensor.passed)
