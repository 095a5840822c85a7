"""Distances of arrays, as one number."""

from __future__ import annotations

from typing import Any

import numpy as np


def relative_error(value: Any, truth: Any) -> float:
    """The largest absolute difference, over the largest magnitude in either array.

    It is infinite for different shapes, and where the value is not finite and the truth is.
    """
    value, truth = np.asarray(value, np.float64), np.asarray(truth, np.float64)
    if value.shape != truth.shape or not np.isfinite(value).all() or not np.isfinite(truth).all():
        return float("inf")
    distance = float(np.abs(value - truth).max(initial=0.0))
    # The magnitude of the value counts too: with a truth of zeros alone the difference would be an absolute one.
    scale = max(float(np.abs(value).max(initial=0.0)), float(np.abs(truth).max(initial=0.0)))
    return distance / scale if distance else 0.0


def relative_distance(value: Any, truth: Any) -> float:
    """The Euclidean distance from the truth, over the truth's norm; infinite as for `relative_error`."""
    value, truth = np.asarray(value, np.float64), np.asarray(truth, np.float64)
    if value.shape != truth.shape or not np.isfinite(value).all() or not np.isfinite(truth).all():
        return float("inf")
    return float(np.linalg.norm(value - truth)) / (float(np.linalg.norm(truth)) or 1.0)
