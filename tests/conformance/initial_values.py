"""What a weight's initializer says about its values, and what emitted source gives it when it is run by itself."""

from __future__ import annotations

import math

import keras
import numpy as np
import torch

import archspec
import archspec_torch.runtime
from archspec.ir import WeightSpec
from archspec.ir.initializers import (
    TRUNCATED_DEVIATION,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TorchDefault,
    TruncatedNormal,
    VarianceScaling,
    constant,
    meaning,
    torch_bound,
    variance,
)
from archspec.weights import canonical_name
from archspec_tensorflow.emit.names import entry_point as keras_entry_point
from archspec_torch.emit.names import entry_point as torch_entry_point
from tests.conformance.reference import Array

MANY = 1000
"""So many values come near a distribution's ends."""


def made_by_torch(network: archspec.Network, seed: int = 0) -> dict[str, Array]:
    """Canonical weights of the emitted class, made as its user makes it."""
    torch.manual_seed(seed)
    module = archspec_torch.runtime.execute(network.emit("torch"), network.name)
    return dict(archspec.read_weights(network, getattr(module, torch_entry_point(network.graph))()))


def made_by_keras(network: archspec.Network, seed: int = 0) -> dict[str, Array]:
    """Canonical weights of what the emitted function builds."""
    keras.utils.set_random_seed(seed)
    module: dict[str, object] = {"__name__": "emitted"}
    exec(network.emit("tensorflow"), module)
    build = module[keras_entry_point(network.graph)]
    assert callable(build)
    return dict(archspec.read_weights(network, build()))


def check_all(network: archspec.Network, weights: dict[str, Array]) -> None:
    """Every weight's values are what its initializer says."""
    for node, weight in network.graph.owned_weights():
        name = canonical_name(node, weight)
        check(f"{network.name}, {name}, {weight}", weight, weights[name].astype(np.float64))


def check(what: str, weight: WeightSpec, values: Array) -> None:
    """The values are what the weight's initializer says."""
    number = constant(weight)
    if number is not None:
        assert np.all(values == np.float32(number)), what
    elif isinstance(made := meaning(weight.initializer), Orthogonal):
        matrix = values.reshape(-1, weight.shape[-1]) / made.gain
        products = matrix @ matrix.T if len(matrix) < matrix.shape[1] else matrix.T @ matrix
        np.testing.assert_allclose(products, np.eye(len(products)), atol=1e-5, err_msg=what)
    else:
        mean, deviation, end = spread(weight)
        values = values - mean
        # Five deviations of the mean, and of the deviation, of so many numbers.
        assert abs(values.mean()) <= 5 * deviation / math.sqrt(values.size), what
        assert abs(values.std() / deviation - 1) <= 5 / math.sqrt(values.size), what
        largest = np.abs(values).max()
        assert largest <= end * (1 + 1e-6), what
        if values.size >= MANY:
            assert largest >= 0.9 * min(end, 3 * deviation), what


def spread(weight: WeightSpec) -> tuple[float, float, float]:
    """The mean and deviation of a random weight's values, and the farthest that one can be from the mean."""
    match meaning(weight.initializer):
        case RandomUniform(low, high):
            return (low + high) / 2, (high - low) / math.sqrt(12), (high - low) / 2
        case RandomNormal(mean, deviation):
            return mean, deviation, math.inf
        case TruncatedNormal(mean, deviation):
            return mean, deviation * TRUNCATED_DEVIATION, 2 * deviation
        case TorchDefault():
            bound = torch_bound(weight)
            return 0.0, bound / math.sqrt(3), bound
        case VarianceScaling() as scaling:
            ends = {
                "uniform": math.sqrt(3),
                "truncated_normal": 2 / TRUNCATED_DEVIATION,
                "untruncated_normal": math.inf,
            }
            deviation = math.sqrt(variance(weight, scaling))
            return 0.0, deviation, ends[scaling.distribution] * deviation
    raise AssertionError(f"{weight.initializer} draws no numbers")
