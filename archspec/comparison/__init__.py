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
from archspec.comparison.training import OPTIMISERS, STEPS, compare_training, training_samples
from archspec.comparison.training_report import OptimiserParity, TensorParity, TrainingReport

__all__ = [
    "LEAST_SAMPLES",
    "OPTIMISERS",
    "STEPS",
    "OptimiserParity",
    "OutputParity",
    "ParityReport",
    "Runs",
    "TensorParity",
    "TrainingReport",
    "check_shapes",
    "compare",
    "compare_training",
    "enough_samples",
    "judge",
    "random_inputs",
    "relative_distance",
    "relative_error",
    "run",
    "training_samples",
]
