"""Parity: whether a network is the same function in two frameworks."""

from archspec.comparison.compare import (
    LEAST_SAMPLES,
    OutputParity,
    ParityReport,
    Runs,
    check_shapes,
    compare,
    enough_samples,
    judge,
    random_inputs,
    relative_distance,
    relative_error,
    run,
)

__all__ = [
    "LEAST_SAMPLES",
    "OutputParity",
    "ParityReport",
    "Runs",
    "check_shapes",
    "compare",
    "enough_samples",
    "judge",
    "random_inputs",
    "relative_distance",
    "relative_error",
    "run",
]
