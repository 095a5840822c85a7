"""Initial values by the names of initializers, as Keras defines them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.random import BitGenerator

from archspec.ir import WeightSpec
from archspec.ir.initializers import CONSTANTS, SCALES, TRUNCATED_DEVIATION, variance
from archspec.weights.distributions import Floats, normal, truncated_normal, uniform
from archspec.weights.orthogonal import orthonormal

Initializer = Callable[[WeightSpec, BitGenerator], Floats]
"""Draws the values of a weight, in its shape."""


def _constant(value: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return np.full(weight.shape, value, np.float32)


def _uniform(limit: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return uniform(bits, math.prod(weight.shape), limit).reshape(weight.shape)


def _normal(deviation: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return normal(bits, math.prod(weight.shape), deviation).reshape(weight.shape)


def _truncated(deviation: float, weight: WeightSpec, bits: BitGenerator) -> Floats:
    return truncated_normal(bits, math.prod(weight.shape), deviation).reshape(weight.shape)


def _scaled_uniform(weight: WeightSpec, bits: BitGenerator) -> Floats:
    return _uniform(math.sqrt(3 * variance(weight)), weight, bits)


def _scaled_normal(weight: WeightSpec, bits: BitGenerator) -> Floats:
    return _truncated(math.sqrt(variance(weight)) / TRUNCATED_DEVIATION, weight, bits)


def _orthogonal(weight: WeightSpec, bits: BitGenerator) -> Floats:
    outputs = weight.shape[-1]
    inputs = math.prod(weight.shape) // outputs
    drawn = normal(bits, inputs * outputs, 1.0).astype(np.float64)
    # A single number must have a sign.
    drawn[drawn == 0] = 2.0**-32
    columns = orthonormal(drawn.reshape(max(inputs, outputs), min(inputs, outputs))).astype(np.float32)
    return np.ascontiguousarray(columns if inputs >= outputs else columns.T).reshape(weight.shape)


_SCALED: Mapping[str, Initializer] = {"uniform": _scaled_uniform, "normal": _scaled_normal}

INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        **{name: partial(_constant, value) for name, value in CONSTANTS.items()},
        **{f"{scale}_{kind}": fn for scale in SCALES for kind, fn in _SCALED.items()},
        "random_uniform": partial(_uniform, 0.05),
        "random_normal": partial(_normal, 0.05),
        "truncated_normal": partial(_truncated, 0.05),
        "orthogonal": _orthogonal,
    }
)
"""The initializers; `archspec.layers.attributes` has the names for documents."""


def initial_values(weight: WeightSpec, bits: BitGenerator) -> Floats:
    """The values of a weight's initializer."""
    if isinstance(weight.initializer, str):
        return INITIALIZERS[weight.initializer](weight, bits)
    return _constant(weight.initializer, weight, bits)
