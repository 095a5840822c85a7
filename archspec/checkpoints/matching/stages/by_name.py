"""Matches by the network's own names."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.checkpoints.matching.stages.names import unwrapped
from archspec.checkpoints.matching.task import Found, Task

_LIST = "/layers/"
"""Keras's group for the layers of a model, once in the class of a layer for each model around it."""


def by_name(task: Task, found: Found) -> Found:
    """Match tensors with the framework's own names for the weights, and with common prefixes.

    Then match layers of inner models, which some files call by their names alone.
    """
    known = {name: each.canonical for each in found.missing(task) for name in (*each.names, each.canonical)}
    found = found.having(unwrapped(known, task.checkpoint, found.unused(task)), "name")
    return found.having(_inside(task, found), "name")


def _inside(task: Task, found: Found) -> Mapping[str, str]:
    """The tensors of layers in inner models, by weights of layers with the same name in as many groups."""
    owners: dict[tuple[int, str], set[str]] = {}
    for weight in found.missing(task):
        *groups, last = weight.layer.split(".")
        for name in weight.names if groups else ():
            if name.startswith(weight.layer):
                owners.setdefault((len(groups), last + name.removeprefix(weight.layer)), set()).add(weight.canonical)
    pairs: dict[str, str] = {}
    for tensor in found.unused(task) if owners else ():
        models = task.checkpoint.classes.get(task.checkpoint.split(tensor)[0], "").count(_LIST) - 1
        candidates = owners.get((models, tensor), set())
        pairs |= dict.fromkeys(candidates, tensor) if len(candidates) == 1 else {}
    return pairs
