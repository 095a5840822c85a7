"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tests.conformance.cases.activation import activated
from tests.conformance.reference import Array, Conformance, case


def dense(
    x: Array,
    *,
    weights: Mapping[str, Array],
    units: int,
    activation: str | None = None,
    use_bias: bool = True,
    **initializers: str,
) -> Array:
    """The sum over the last axis, whatever axes come before it."""
    found = np.einsum("...i,iu->...u", x, weights["kernel"])
    return activated(found + weights["bias"] if use_bias else found, activation)


TABLE = {
    "Dense": Conformance(
        dense,
        [
            *(case({"units": 4}, shape) for shape in [(6,), (3, 6), (3, 4, 6), (2, 3, 4, 5), (1,), (1, 1, 3)]),
            *(case({"units": 3, "use_bias": False}, shape) for shape in [(6,), (3, 4, 6)]),
            case({"units": 1}, (5,)),
            *(case({"units": 4, "activation": name}, (3, 5)) for name in ["relu", "softmax", "tanh", "leaky_relu"]),
            case({"units": 4, "activation": "softmax"}, (3, 2, 5)),
        ],
    ),
}
