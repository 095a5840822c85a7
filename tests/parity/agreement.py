"""Whether both backends agree on a network, in inference and in training, with one model each."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import yaml

import archspec
from archspec.backend import Backend, find_backend
from archspec.comparison import OPTIMISERS, compare_training, random_inputs, relative_error
from archspec.passes import switch_off_random
from archspec.weights import randomised

BATCH = 5
"""Batch normalisation of a single pixel has to have a few values."""

EVERY = 8
"""A step of an optimiser is compared for one network of so many: what it does has little to do with the network, and in
Keras takes longer than all the rest."""

Spec = dict[str, Any]


def disagreement(document: Spec, seed: int = 0) -> str | None:
    """What differs between the backends, in words; None if nothing does. Raises `SpecError` for a wrong document.

    The seed draws weights and inputs, and says whether a step of an optimiser is compared, and of which.
    """
    graph, _ = switch_off_random(archspec.load(document).graph)
    weights, inputs = randomised(graph, seed), random_inputs(graph, seed, BATCH)
    backends = [_once_loaded(find_backend(name)) for name in ("torch", "tensorflow")]
    first, second = (
        backend.run(graph, backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu"), inputs)
        for backend in backends
    )
    for name in graph.outputs:
        assert first[name].shape[1:] == graph.type_of(graph.outputs[name]).shape
        if not np.isfinite(first[name]).all() and not np.isfinite(second[name]).all():
            return None
        difference = relative_error(second[name], first[name])
        if difference > 1e-10:
            return f"inference: {name} differs by {difference:.1e}"
    turn, rest = divmod(seed, EVERY)
    optimiser = OPTIMISERS[turn % len(OPTIMISERS)]
    steps = 1 if rest == 0 else 0
    report = compare_training(graph, backends, weights, inputs, steps=steps, optimisers=[optimiser], seed=seed)
    if report.passed:
        return None
    tensors = [tensor for tensor in report.tensors() if not tensor.passed]
    tensors += [weight for each in report.optimisers for weight in each.weights if not weight.passed]
    listed = "; ".join(f"{each.name} by {each.difference:.1e}" for each in tensors)
    return f"training, {steps} steps of {optimiser.name}: {listed}"


def saved(document: Spec, what: str) -> str:
    """The document as a file that shows it."""
    return f"# {what}\n{yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=120)}"


def _once_loaded(backend: Backend) -> Any:
    """The backend, which gives the same model whenever it is asked for one."""
    found: Any = copy.copy(backend)
    models: list[Any] = []

    def load(*arguments: Any, **options: Any) -> Any:
        if len(arguments[0].outputs) and models and models[0][0] is arguments[0]:
            return models[0][1]
        model = backend.load(*arguments, **options)
        models.append((arguments[0], model))
        return model

    found.load = load
    return found
