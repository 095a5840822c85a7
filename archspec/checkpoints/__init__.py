"""Files of weights: reading them, matching their tensors with a network's weights, and converting them."""

from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.checkpoints.listing import section, shown
from archspec.checkpoints.matching import (
    Match,
    Matching,
    file_notes,
    has_all_layers,
    layout_for,
    match,
    notes,
    problems,
    require,
)
from archspec.checkpoints.messages import CheckpointError, CheckpointWarning, MapError
from archspec.checkpoints.opening import open_checkpoint
from archspec.checkpoints.reading import CheckpointOptions, CheckpointWeights, read_weights_file
from archspec.checkpoints.summary import norm
from archspec.checkpoints.writing import check_target, common_dtype, write_weights, wrong_ending

__all__ = [
    "CANONICAL",
    "Checkpoint",
    "CheckpointError",
    "CheckpointOptions",
    "CheckpointWarning",
    "CheckpointWeights",
    "MapError",
    "Match",
    "Matching",
    "check_target",
    "common_dtype",
    "file_notes",
    "has_all_layers",
    "layout_for",
    "match",
    "norm",
    "notes",
    "open_checkpoint",
    "problems",
    "read_weights_file",
    "require",
    "section",
    "shown",
    "write_weights",
    "wrong_ending",
]
