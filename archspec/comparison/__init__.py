"""Parity: whether a network is the same function in two frameworks."""

from archspec.comparison.compare import (
    LEAST_SAMPLES,
    OutputParity,
    ParityReport,
    Runs,
    compare,
    enough_samples,
    judge,
    run,
)
from archspec.comparison.distances import relative_distance, relative_error
from archspec.comparison.failed_layer import BackendFailedError
from archspec.comparison.inputs import random_inputs, read_inputs
from archspec.comparison.json_values import as_json
from archspec.comparison.layers import compare_layers
from archspec.comparison.layers_report import LayerParity, LayersReport
from archspec.comparison.peers import PeerReport, compare_with_peer, find_peer, refusing
from archspec.comparison.progress import Phase, Progress, unheard
from archspec.comparison.running import at_size_of
from archspec.comparison.shape_mismatch import ShapeMismatch, has_axes
from archspec.comparison.training import OPTIMISERS, STEPS, compare_training, training_samples
from archspec.comparison.training_layers import compare_training_layers
from archspec.comparison.training_report import OptimiserParity, TensorParity, TrainingReport

__all__ = [
    "LEAST_SAMPLES",
    "OPTIMISERS",
    "STEPS",
    "BackendFailedError",
    "LayerParity",
    "LayersReport",
    "OptimiserParity",
    "OutputParity",
    "ParityReport",
    "PeerReport",
    "Phase",
    "Progress",
    "Runs",
    "ShapeMismatch",
    "TensorParity",
    "TrainingReport",
    "as_json",
    "at_size_of",
    "compare",
    "compare_layers",
    "compare_training",
    "compare_training_layers",
    "compare_with_peer",
    "enough_samples",
    "find_peer",
    "has_axes",
    "judge",
    "random_inputs",
    "read_inputs",
    "refusing",
    "relative_distance",
    "relative_error",
    "run",
    "training_samples",
    "unheard",
]
