"""Matches by the network's own names."""

from __future__ import annotations

from archspec.checkpoints.matching.stages.names import unwrapped
from archspec.checkpoints.matching.task import Found, Task


def by_name(task: Task, found: Found) -> Found:
    """Match tensors with the framework's own names for the weights, and with common prefixes."""
    known = {name: each.canonical for each in found.missing(task) for name in (*each.names, each.canonical)}
    return found.having(unwrapped(known, task.checkpoint, found.unused(task)), "name")
