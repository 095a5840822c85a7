"""Files of weights, whosever they are: what they have, which weights of a network that is, and the way to others."""

from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.checkpoints.matching import Match, Matching, layout_for, match
from archspec.checkpoints.opening import open_checkpoint
from archspec.checkpoints.reading import CheckpointWeights, read_weights_file
from archspec.checkpoints.summary import norm
from archspec.checkpoints.writing import check_target, write_weights, wrong_ending

__all__ = [
    "CANONICAL",
    "Checkpoint",
    "CheckpointWeights",
    "Match",
    "Matching",
    "check_target",
    "layout_for",
    "match",
    "norm",
    "open_checkpoint",
    "read_weights_file",
    "write_weights",
    "wrong_ending",
]
