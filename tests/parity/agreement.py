"""Whether both backends agree on a network, in inference and in training, with one model each."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

import archspec
from archspec.backend import Arrays, Backend, Optimiser, find_backend
from archspec.comparison import compare_training, random_inputs, relative_error
from archspec.ir import Graph
from archspec.passes import switch_off_random
from archspec.weights import randomised

BATCH = 5
"""Batch normalisation of a single pixel has to have a few values."""

STEPS = 2
"""The second is the first that has a momentum, and averages that are no longer those of one gradient."""

Spec = dict[str, Any]


@dataclass(frozen=True)
class Agreement:
    """What differs between the backends, in words; None if nothing does.

    Where a number is not finite, in both alike, `finite` is false and training is not compared.
    """

    different: str | None = None
    finite: bool = True


def agreement(document: Spec, seed: int = 0, optimiser: Optimiser | None = None) -> Agreement:
    """Compares the backends, and steps of the optimiser if there is one. Raises `SpecError` for a wrong document.

    Weights and inputs are drawn from the seed.
    """
    graph, _ = switch_off_random(archspec.load(document).graph)
    weights, inputs = randomised(graph, seed), random_inputs(graph, seed, BATCH)
    backends = [_remembering(find_backend(name)) for name in ("torch", "tensorflow")]
    first, second = (
        backend.run(graph, backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu"), inputs)
        for backend in backends
    )
    begin_by_itself(backends[0].emit(graph))
    different = _in_inference(graph, first, second)
    if optimiser is not None and different is None:
        # Not for all: to trace a function takes as long as all the rest.
        different = _in_inference(graph, first, in_a_function(graph, backends[1].load(graph), inputs))
    if different or not all(np.isfinite(array).all() for array in first.values()):
        return Agreement(different, finite=different is not None)
    steps, optimisers = (0, []) if optimiser is None else (STEPS, [optimiser])
    report = compare_training(graph, backends, weights, inputs, steps=steps, optimisers=optimisers, seed=seed)
    if report.passed:
        return Agreement()
    tensors = [tensor for tensor in report.tensors() if not tensor.passed]
    for each in report.optimisers:
        tensors += [weight for weight in each.weights if not weight.passed]
    listed = "; ".join(f"{each.name} by {each.difference:.1e}" for each in tensors) or "losses"
    return Agreement(f"training{'' if optimiser is None else f', {STEPS} steps of {optimiser.name}'}: {listed}")


def in_a_function(graph: Graph, model: Any, inputs: Arrays) -> Arrays:
    """Keras's outputs where TensorFlow has traced the model, as `predict` and `fit` do: it checks all shapes then."""
    import keras
    import tensorflow as tf

    from archspec_tensorflow.runtime import comparable

    given = keras.tree.map_structure(lambda wanted: tf.constant(inputs[wanted.name], wanted.dtype), model.input)
    with comparable(model):
        found = tf.function(lambda values: model(values, training=False))(given)
    named = found if isinstance(found, dict) else dict(zip(graph.outputs, [found], strict=True))
    return {name: value.numpy() for name, value in named.items()}


def begin_by_itself(source: str) -> None:
    """Make the network of PyTorch's source as its reader does, with the initial values that it draws."""
    made: dict[str, Any] = {"__name__": "made"}
    exec(source, made)
    classes = [each for each in made.values() if isinstance(each, type) and each.__module__ == "made"]
    classes[-1]()


def disagreement(document: Spec, seed: int = 0, optimiser: Optimiser | None = None) -> str | None:
    """What differs between the backends, in words; None if nothing does and all numbers are finite."""
    found = agreement(document, seed, optimiser)
    return found.different if found.finite else "numbers that are not finite, in both alike"


def _in_inference(graph: Graph, first: Arrays, second: Arrays) -> str | None:
    """The first output that differs: in its shape, in which of its numbers are finite, or in these."""
    for name, value in graph.outputs.items():
        shapes = {first[name].shape, second[name].shape}
        if shapes != {(BATCH, *value.type.shape)}:
            return f"inference: {name} is of the shapes {shapes}"
        finite = np.isfinite(first[name])
        if not np.array_equal(finite, np.isfinite(second[name])):
            return f"inference: other numbers of {name} are finite"
        difference = relative_error(second[name][finite], first[name][finite])
        if difference > 1e-10:
            return f"inference: {name} differs by {difference:.1e}"
    return None


def saved(document: Spec, what: str) -> str:
    """The document as a file that shows it."""
    return f"# {what}\n{yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=120)}"


def _remembering(backend: Backend) -> Any:
    """The backend, which gives the same model again for the same graph, and its outputs: building takes longest."""
    found: Any = copy.copy(backend)
    models: dict[int, tuple[Graph, Any]] = {}
    outputs: dict[tuple[int, int], Arrays] = {}

    def load(graph: Graph, *arguments: Any, **options: Any) -> Any:
        if id(graph) not in models:
            models[id(graph)] = graph, backend.load(graph, *arguments, **options)
        return models[id(graph)][1]

    def run(graph: Graph, model: Any, inputs: Arrays) -> Arrays:
        key = id(model), len(next(iter(inputs.values())))
        if key not in outputs:
            outputs[key] = backend.run(graph, model, inputs)
        return outputs[key]

    found.load, found.run = load, run
    return found
