"""Matches by the order and the shapes of layers, the last resort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.checkpoints.matching.alignment import Alignment, align
from archspec.checkpoints.matching.contradictions import contradicted
from archspec.checkpoints.matching.groups import groups_of, pair, targets_of
from archspec.checkpoints.matching.listed import by_listing
from archspec.checkpoints.matching.task import Found, Ordered, Task


def by_order(task: Task, found: Found) -> Found:
    """Match layers where the order of the file, or of the framework's lists of layers, allows one match only.

    Layers that only their order tells from others, without support by names, are matched if the task trusts it.
    """
    aligned, listed = _aligned(task, found)
    ordered = {**aligned.pairs, **aligned.counted}
    named, by_chance = task.layers(found.by("name", "third party")), not found.by("third party")
    against = set(contradicted(task.graph, task.checkpoint, named, task.layers(ordered), by_chance=by_chance))
    doubtful = {**aligned.doubtful, **task.weights_of(against, ordered)}
    weak = {**aligned.counted, **(doubtful if task.trusts_order else {})}
    sure = {**aligned.pairs, **weak}
    if not task.trusts_order:
        sure = {name: tensor for name, tensor in sure.items() if name not in doubtful}
    facts = Ordered(
        unproved={name: tensor for name, tensor in weak.items() if name in sure},
        doubtful={} if task.trusts_order else doubtful,
        listed={name: tensor for name, tensor in listed.items() if name in sure},
        ambiguous=aligned.ambiguous,
        out_of_order=aligned.out_of_order,
    )
    return replace(found.having(sure, "order"), ordered=facts)


def _aligned(task: Task, found: Found) -> tuple[Alignment, Mapping[str, str]]:
    """The matches by order, and those of them that only the framework's lists of layers tell."""
    groups, targets = groups_of(task.checkpoint, found.unused(task)), targets_of(found.missing(task))
    aligned = align(task.graph, groups, targets, task.checkpoint.order, task.checkpoint.classes)
    if aligned.ambiguous or aligned.out_of_order:
        pairs = _listed(task, found)
        if pairs and pairs.items() >= aligned.pairs.items():
            return Alignment(pairs), {name: pairs[name] for name in pairs if name not in aligned.pairs}
    return aligned, {}


def _listed(task: Task, found: Found) -> Mapping[str, str]:
    """The tensors by the order in which the framework lists layers; empty if that contradicts what is found."""
    groups, targets = task.groups, task.targets
    layers = by_listing(task.graph, task.listings(), task.checkpoint, groups, targets)
    by_layer = {group.layer: group for group in groups}
    pairs: dict[str, str] = {}
    for target in targets:
        pairs |= (pair(by_layer[layers[target.layer]], target) or {}) if target.layer in layers else {}
    known = found.tensors
    if any(pairs.get(name, tensor) != tensor for name, tensor in known.items()):
        return {}
    return {name: tensor for name, tensor in pairs.items() if name not in known}
