"""How far an optimised network is from the network that it comes from, in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from archspec import Network
from archspec.backend import find_backend
from archspec.comparison import random_inputs
from archspec.optimizing import optimize
from archspec.passes import at_usual_sizes
from archspec.weights import randomised

SAME = 1e-12
"""The largest difference that rounding makes, relative to the largest element of an output."""


def difference(network: Network, backend: str, *, seed: int = 0, batch: int = 2, fuse: bool = False) -> float:
    """The largest difference of an output, relative to its largest element; NaN if an output is not finite.

    With `fuse` the optimised source is in its fused form, whose layers run one by one in float64.
    Weights and moving statistics are random, and none is 0 or 1.
    """
    graph = network.graph
    sized = at_usual_sizes(graph)[0]
    weights, inputs = randomised(sized, seed), random_inputs(sized, seed, batch=batch)
    found, optimization = find_backend(backend), optimize(graph)
    before = _outputs(found, graph, weights, inputs)
    after = _outputs(found, replace(optimization.graph, fused=fuse), optimization.take(weights), inputs)
    assert after.keys() <= before.keys()
    return max(_relative(before[name], after[name]) for name in after)


def _outputs(backend: Any, graph: Any, weights: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    model = backend.load(graph, backend.emit(graph), weights, dtype="float64", device="cpu")
    outputs: dict[str, Any] = backend.run(graph, model, inputs)
    return outputs


def _relative(before: Any, after: Any) -> float:
    assert before.shape == after.shape
    return float(np.abs(before - after).max() / np.abs(before).max())
