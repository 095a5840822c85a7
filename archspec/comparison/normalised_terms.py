"""The terms whose difference a normalisation computes: x / deviation and mean / deviation.

Where x is constant the difference is 0, and a framework computes the rounding error of the terms. They are large there:
the deviation is the root of epsilon.
"""

from __future__ import annotations

import numpy as np

from archspec.backend import Arrays, TrainingBackend
from archspec.comparison.running import load
from archspec.ir import Graph, Normalisation
from archspec.passes import expose


def normalised_terms(normalisation: Normalisation, read: np.ndarray) -> tuple[np.ndarray, int]:
    """For each channel of the input `read` the largest term, and how many elements are normalised together."""
    groups = read.reshape(*read.shape[:-1], normalisation.groups, -1)
    # A mean over the channels is one over those of a group, whose axis comes last now.
    axes = tuple(axis + (axis == read.ndim - 1) for axis in normalisation.axes)
    deviation = np.sqrt(groups.var(axes, keepdims=True) + normalisation.epsilon)
    terms: np.ndarray = (np.abs(groups) / deviation).reshape(-1, read.shape[-1]).max(0, initial=0.0)
    return terms, read.size // deviation.size


def largest_term(
    graph: Graph, backend: TrainingBackend, weights: Arrays, inputs: Arrays, coefficients: Arrays
) -> float:
    """The largest term of any normalisation in a pass in training mode; 0.0 for a network that has none."""
    found = [(node, node.layer.normalisation(len(node.type.axes) + 1)) for node in graph.nodes]
    users = [(node, each) for node, each in found if each is not None]
    exposed = expose(graph, [node.inputs[0] for node, _ in users])
    outputs = backend.gradients(exposed, load(exposed, backend, weights), inputs, coefficients).outputs
    values = {value: outputs[name] for name, value in exposed.outputs.items()}
    return max((float(normalised_terms(each, values[node.inputs[0]])[0].max()) for node, each in users), default=0.0)
