"""Draws initial values by the meanings of initializers."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import BitGenerator

from archspec.ir import WeightSpec
from archspec.ir.initializers import (
    TRUNCATED_DEVIATION,
    Constant,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TorchDefault,
    TruncatedNormal,
    VarianceScaling,
    meaning,
    torch_bound,
    variance,
)
from archspec.weights.distributions import Floats, normal, truncated_normal, uniform
from archspec.weights.orthogonal import orthonormal


def initial_values(weight: WeightSpec, bits: BitGenerator) -> Floats:
    """The values of a weight's initializer, in the weight's shape."""
    return _drawn(weight, bits).reshape(weight.shape)


def _drawn(weight: WeightSpec, bits: BitGenerator) -> Floats:
    size = math.prod(weight.shape)
    match meaning(weight.initializer):
        case Constant(value):
            return np.full(size, value, np.float32)
        case VarianceScaling() as scaling:
            return _scaled(weight, scaling, bits)
        case RandomNormal(mean, stddev):
            return _shifted(normal(bits, size, stddev), mean)
        case TruncatedNormal(mean, stddev):
            return _shifted(truncated_normal(bits, size, stddev), mean)
        case RandomUniform(minval, maxval):
            return _shifted(uniform(bits, size, (maxval - minval) / 2), (minval + maxval) / 2)
        case TorchDefault():
            return uniform(bits, size, torch_bound(weight))
        case Orthogonal(gain):
            return _orthogonal(weight, bits) * np.float32(gain)


def _scaled(weight: WeightSpec, scaling: VarianceScaling, bits: BitGenerator) -> Floats:
    size, wanted = math.prod(weight.shape), variance(weight, scaling)
    match scaling.distribution:
        case "uniform":
            return uniform(bits, size, math.sqrt(3 * wanted))
        case "truncated_normal":
            return truncated_normal(bits, size, math.sqrt(wanted) / TRUNCATED_DEVIATION)
        case "untruncated_normal":
            return normal(bits, size, math.sqrt(wanted))


def _shifted(values: Floats, by: float) -> Floats:
    return values + np.float32(by) if by else values


def _orthogonal(weight: WeightSpec, bits: BitGenerator) -> Floats:
    outputs = weight.shape[-1]
    inputs = math.prod(weight.shape) // outputs
    drawn = normal(bits, inputs * outputs, 1.0).astype(np.float64)
    # A single number must have a sign.
    drawn[drawn == 0] = 2.0**-32
    columns = orthonormal(drawn.reshape(max(inputs, outputs), min(inputs, outputs))).astype(np.float32)
    return np.ascontiguousarray(columns if inputs >= outputs else columns.T)
