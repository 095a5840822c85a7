"""Normalisation in inference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tests.conformance.cases.activation import with_activation
from tests.conformance.reference import Array, Conformance, case


def batch_normalization(
    x: Array,
    *,
    weights: Mapping[str, Array],
    axis: int = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    **initializers: str,
) -> Array:
    """keras.layers.BatchNormalization: gamma * (x - moving_mean) / sqrt(moving_var + epsilon) + beta."""
    found = (x - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + epsilon)
    return found * (weights["gamma"] if scale else 1.0) + (weights["beta"] if center else 0.0)


def layer_normalization(
    x: Array,
    *,
    weights: Mapping[str, Array] | None = None,
    axis: int = -1,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    **initializers: str,
) -> Array:
    """Ba et al. 2016, equation 3, with epsilon in the root: mean and variance are over the last axis."""
    size = x.shape[-1]
    mean = sum(x[..., i] for i in range(size)) / size
    variance = sum((x[..., i] - mean) ** 2 for i in range(size)) / size
    found = (x - mean[..., None]) / np.sqrt(variance + epsilon)[..., None]
    weights = weights or {}
    return found * (weights["gamma"] if scale else 1.0) + (weights["beta"] if center else 0.0)


def local_response_normalization(
    x: Array, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, bias: float = 2.0
) -> Array:
    """Krizhevsky et al. 2012, section 3.3: the sum is over size // 2 channels on either side, where there are any."""
    found = np.empty_like(x)
    for channel in range(x.shape[-1]):
        around = range(max(channel - size // 2, 0), min(channel + size // 2, x.shape[-1] - 1) + 1)
        total = sum(x[..., near] ** 2 for near in around)
        found[..., channel] = x[..., channel] / (bias + alpha * total) ** beta
    return found


def scale(x: Array, *, weights: Mapping[str, Array], axis: int = -1, **initializers: str) -> Array:
    return x * weights["gamma"] + weights["beta"]


def layer_scale(x: Array, *, weights: Mapping[str, Array], initial_value: float = 1e-6) -> Array:
    return x * weights["gamma"]


def rescaling(x: Array, *, scale: float | list[float], offset: float | list[float] = 0.0) -> Array:
    return np.asarray(scale) * x + offset


def normalization(
    x: Array,
    *,
    weights: Mapping[str, Array] | None = None,
    axis: int = -1,
    mean: float | list[float] | None = None,
    variance: float | list[float] | None = None,
) -> Array:
    """keras.layers.Normalization: (x - mean) / sqrt(variance), with a divisor of 1e-7 at least."""
    numbers = weights or {"mean": np.asarray(mean), "variance": np.asarray(variance)}
    return (x - numbers["mean"]) / np.maximum(np.sqrt(numbers["variance"]), 1e-7)


RANKS = [(6,), (3, 6), (4, 5, 3), (1, 1, 3)]

TABLE = {
    "BatchNormalization": Conformance(
        with_activation(batch_normalization),
        [
            case({"activation": "relu"}, (3, 4, 2)),
            case({"activation": "softmax"}, (4,)),
            *(
                case({"scale": scale, "center": center}, shape)
                for shape in RANKS
                for scale in (True, False)
                for center in (True, False)
            ),
            case({"epsilon": 1e-5}, (3, 4, 2)),
            case({"epsilon": 1.001e-5}, (3, 4, 2)),
            case({"epsilon": 0.5, "momentum": 0.9}, (6,)),
            case({"axis": 3}, (3, 4, 2)),
            case({"axis": 1}, (4,)),
        ],
    ),
    "LayerNormalization": Conformance(
        with_activation(layer_normalization),
        [
            case({"activation": "gelu"}, (3, 8)),
            *(
                case({"scale": scale, "center": center}, shape)
                for shape in [*RANKS, (2, 3, 4, 5)]
                for scale in (True, False)
                for center in (True, False)
            ),
            case({"epsilon": 1e-6}, (3, 4, 8)),
            case({"epsilon": 1e-5}, (3, 8)),
            case({"axis": 3}, (3, 4, 2)),
            case({"axis": 1}, (4,)),
            case({}, (1,)),
            case({}, (2, 2, 6), rectified=True),
        ],
    ),
    "LocalResponseNormalization": Conformance(
        local_response_normalization,
        [
            case({}, (3, 4, 8), spread=20.0),
            case({"size": 3, "alpha": 0.5, "beta": 0.5, "bias": 1}, (3, 4, 6)),
            case({"size": 1, "alpha": 1}, (2, 2, 3)),
            case({"size": 9, "alpha": 0.1}, (2, 2, 4)),
            case({"size": 5, "alpha": 1e-4, "bias": 1}, (1, 1, 1), spread=50.0),
            case({"alpha": 0}, (2, 2, 3)),
            case({"alpha": 0.3, "beta": 2}, (2, 3, 7), rectified=True),
        ],
    ),
    "Scale": Conformance(scale, [case({}, shape) for shape in [*RANKS, (2, 3, 4, 5)]]),
    "LayerScale": Conformance(
        layer_scale,
        [case({}, shape) for shape in [*RANKS, (2, 3, 4, 5)]] + [case({"initial_value": 0.1}, (4, 5, 3))],
    ),
    "Rescaling": Conformance(
        rescaling,
        [
            *(case({"scale": 0.17}, shape) for shape in [*RANKS, (2, 3, 4, 5)]),
            case({"scale": 1 / 127.5, "offset": -1}, (3, 4, 3), spread=100.0),
            case({"scale": 2, "offset": 0.1}, (6,)),
            case({"scale": -0.3, "offset": 0.7}, (2, 3)),
            case({"scale": 0}, (3,)),
            case({"scale": 0.1}, (3, 4, 3), rectified=True),
            *(
                case({"scale": [0.2, -3.0, 1.5], **more}, shape)
                for shape in [(3,), (2, 3), (4, 5, 3), (2, 3, 4, 3)]
                for more in ({}, {"offset": 0.3}, {"offset": [0.0, 1.0, -2.5]})
            ),
            case({"scale": 2, "offset": [0.5, 0.0]}, (3, 4, 2)),
            case({"scale": [0.1, 0.2, 0.3]}, (3, 4, 3), rectified=True),
        ],
    ),
    "Normalization": Conformance(
        normalization,
        [
            *(case({}, shape) for shape in [*RANKS, (2, 3, 4, 5)]),
            *(
                case({"mean": [0.4, -1.0, 0.0], "variance": [0.05, 4.0, 1.0]}, shape)
                for shape in [(3,), (2, 3), (4, 5, 3), (2, 3, 4, 3)]
            ),
            case({"mean": 0.5, "variance": 0.25}, (3, 4, 2)),
            case({"mean": 0.5, "variance": [0.25, 2.0]}, (6, 2)),
            case({"mean": [127.5, 100.0, 3.0], "variance": 58.4**2}, (3, 4, 3), spread=100.0),
            case({"mean": [0.485, 0.456, 0.406], "variance": [0.229**2, 0.224**2, 0.225**2]}, (3, 4, 3)),
            case({"axis": 3}, (3, 4, 2)),
            case({"axis": 1, "mean": [1.0, 2.0], "variance": [0.0, 1.0]}, (2,), spread=1e-6),
            case({"mean": [0.1, 0.2, 0.3], "variance": 1}, (3, 4, 3), rectified=True),
        ],
    ),
}
