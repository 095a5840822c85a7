"""Layers that do nothing in inference."""

from __future__ import annotations

from tests.conformance.reference import Array, Conformance, case


def nothing(x: Array, *, rate: float) -> Array:
    return x


TABLE = {
    "Dropout": Conformance(
        nothing,
        [case({"rate": rate}, shape) for rate in (0, 0.5) for shape in [(6,), (3, 4), (3, 4, 2), (2, 3, 2, 3)]],
    ),
    "StochasticDepth": Conformance(
        nothing,
        [case({"rate": rate}, shape) for rate in (0, 0.2) for shape in [(6,), (3, 4), (3, 4, 2), (2, 3, 2, 3)]],
    ),
    "SpatialDropout2D": Conformance(nothing, [case({"rate": 0.3}, (3, 4, 5)), case({"rate": 0}, (1, 1, 2))]),
}
