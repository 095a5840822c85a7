"""How far arrays are apart, as one number."""

from __future__ import annotations

from typing import Any

import numpy as np


def relative_error(value: Any, truth: Any) -> float:
    """The largest absolute difference, over the largest magnitude in either; infinite where shapes differ.

    A value that is not finite where the truth is makes it infinite too.
    """
    value, truth = np.asarray(value, np.float64), np.asarray(truth, np.float64)
    if value.shape != truth.shape or not np.isfinite(value).all() or not np.isfinite(truth).all():
        return float("inf")
    distance = float(np.abs(value - truth).max(initial=0.0))
    # A truth of zeros would make the difference an absolute one.
    scale = max(float(np.abs(value).max(initial=0.0)), float(np.abs(truth).max(initial=0.0)))
    return distance / scale if distance else 0.0


def relative_distance(value: Any, truth: Any) -> float:
    """The Euclidean distance from the truth, over the truth's length; infinite as for `relative_error`."""
    value, truth = np.asarray(value, np.float64), np.asarray(truth, np.float64)
    if value.shape != truth.shape or not np.isfinite(value).all() or not np.isfinite(truth).all():
        return float("inf")
    return float(np.linalg.norm(value - truth)) / (float(np.linalg.norm(truth)) or 1.0)
