"""Matches the tensors of a checkpoint with the weights of a network."""

from archspec.checkpoints.matching.dataflow import befores
from archspec.checkpoints.matching.differences import Difference
from archspec.checkpoints.matching.findings import file_notes, notes, problems, require
from archspec.checkpoints.matching.groups import Group, Target, groups_of, pair, targets_of
from archspec.checkpoints.matching.matches import Match, Matching, has_all_layers, match
from archspec.checkpoints.matching.task import layout_for

__all__ = [
    "Difference",
    "Group",
    "Match",
    "Matching",
    "Target",
    "befores",
    "file_notes",
    "groups_of",
    "has_all_layers",
    "layout_for",
    "match",
    "notes",
    "pair",
    "problems",
    "require",
    "targets_of",
]
