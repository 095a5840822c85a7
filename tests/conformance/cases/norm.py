"""Normalisation in inference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

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


RANKS = [(6,), (3, 6), (4, 5, 3), (1, 1, 3)]

TABLE = {
    "BatchNormalization": Conformance(
        batch_normalization,
        [
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
}
