"""Estimates of how large the values in a network are, for inputs that are standard normal.

An element is taken for a normal variable, and values for independent of each other. That is exact enough to keep 150
layers in range, and for pooling it is rough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from archspec.ir import Layer, Shape
from archspec.layers import activation, merge, norm, pool
from archspec.layers.axes import axis_index

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean and the variance over a value's elements."""

    mean: float
    variance: float

    @property
    def power(self) -> float:
        """The mean square."""
        return self.mean**2 + self.variance

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return math.sqrt(self.variance)


def after(layer: Layer, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
    """The output's moments for a layer without weights; those of its input if the layer is not known here."""
    found = inputs[0]
    if isinstance(layer, merge.Merge):
        return _merged(layer, inputs, shapes)
    if isinstance(layer, activation.Softmax):
        share = 1 / shapes[0][axis_index(layer.axis, shapes[0])]
        return Moments(share, share**2)
    if isinstance(layer, norm.LocalResponseNormalization):
        factor = math.pow(layer.bias, -layer.beta)
        return Moments(factor * found.mean, factor**2 * found.variance)
    if type(layer) in _POOLING:
        rise, rest = _POOLING[type(layer)]
        return Moments(found.mean + rise * found.deviation, rest * found.variance)
    function = _FUNCTIONS.get(type(layer))
    return found if function is None else _applied(function, layer, found)


_POOLING: Mapping[type[Layer], tuple[float, float]] = MappingProxyType(
    {
        pool.MaxPooling2D: (0.9, 0.8),
        pool.GlobalMaxPooling2D: (2.0, 0.4),
        pool.AveragePooling2D: (0.0, 0.5),
        pool.AdaptiveMaxPooling2D: (0.9, 0.8),
        pool.AdaptiveAveragePooling2D: (0.0, 0.5),
        pool.GlobalAveragePooling2D: (0.0, 0.3),
    }
)
"""By how many deviations the mean rises, and what share of the variance is left; neighbours are much alike."""


def _merged(layer: merge.Merge, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
    means = [moments.mean for moments in inputs]
    variances = [moments.variance for moments in inputs]
    if isinstance(layer, merge.Concatenate):
        index = axis_index(layer.axis, shapes[0])
        lengths = [shape[index] for shape in shapes]
        mean = _average(means, lengths)
        return Moments(mean, _average([moments.power for moments in inputs], lengths) - mean**2)
    if isinstance(layer, merge.Multiply):
        mean = math.prod(means)
        return Moments(mean, math.prod(moments.power for moments in inputs) - mean**2)
    if isinstance(layer, merge.Average):
        return Moments(sum(means) / len(means), sum(variances) / len(means) ** 2)
    if isinstance(layer, merge.Subtract):
        return Moments(means[0] - means[1], sum(variances))
    if isinstance(layer, merge.Add):
        return Moments(sum(means), sum(variances))
    sign = -0.5 if isinstance(layer, merge.Minimum) else 0.5
    return Moments(sum(means) / len(means) + sign * math.sqrt(max(variances)), max(variances))


def _average(values: Sequence[float], weights: Sequence[int]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


# The middles of 200 equally probable slices of the standard normal distribution.
_POINTS = np.array([NormalDist().inv_cdf((index + 0.5) / 200) for index in range(200)])


def _applied(function: Callable[..., Doubles], layer: Layer, moments: Moments) -> Moments:
    values = function(moments.mean + moments.deviation * _POINTS, layer)
    # A saturated function leaves no variance, and others divide by it.
    return Moments(float(values.mean()), max(float(values.var()), 1e-9))


def _relu(x: Doubles, layer: activation.ReLU) -> Doubles:
    low = layer.negative_slope * (x - layer.threshold)
    return np.where(x < layer.threshold, low, np.minimum(x, math.inf if layer.max_value is None else layer.max_value))


def _sigmoid(x: Doubles, layer: Layer) -> Doubles:
    return 0.5 + 0.5 * np.tanh(x / 2)


def _hard_sigmoid(x: Doubles, layer: Layer) -> Doubles:
    return np.clip(x / 6 + 0.5, 0, 1)


def _elu(x: Doubles, alpha: float) -> Doubles:
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


def _softplus(x: Doubles, layer: Layer) -> Doubles:
    return np.logaddexp(0, x)


_FUNCTIONS: Mapping[type[Layer], Callable[..., Doubles]] = MappingProxyType(
    {
        activation.ReLU: _relu,
        activation.ReLU6: lambda x, layer: np.clip(x, 0, 6),
        activation.LeakyReLU: lambda x, layer: np.where(x < 0, layer.negative_slope * x, x),
        activation.PReLU: lambda x, layer: np.where(x < 0, 0.25 * x, x),
        activation.ELU: lambda x, layer: _elu(x, layer.alpha),
        activation.SELU: lambda x, layer: 1.05070098 * _elu(x, 1.67326324),
        activation.GELU: lambda x, layer: x * _sigmoid(1.702 * x, layer),
        activation.Sigmoid: _sigmoid,
        activation.HardSigmoid: _hard_sigmoid,
        activation.Tanh: lambda x, layer: np.tanh(x),
        activation.Softplus: _softplus,
        activation.Softsign: lambda x, layer: x / (1 + np.abs(x)),
        activation.SiLU: lambda x, layer: x * _sigmoid(x, layer),
        activation.HardSiLU: lambda x, layer: x * _hard_sigmoid(x, layer),
        activation.Mish: lambda x, layer: x * np.tanh(_softplus(x, layer)),
        activation.Exponential: lambda x, layer: np.exp(np.minimum(x, 50)),
    }
)
