"""Matches by the names that a third party gives to the network's layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.matching.stages.names import names_in, unwrapped
from archspec.checkpoints.matching.task import Found, Task
from archspec.ir import ThirdParty
from archspec.weights import NativeWeight


def by_third_party(task: Task, found: Found) -> Found:
    """Match by the names of the third party that has the most of them, instead of the network's own names.

    Names can be equal by chance. So a third party must have names for most of the weights, and for more of them than
    the network. A third party that has the network's own names is noted if they name all weights.
    """
    named = found.by("name")
    found_otherwise = found.without("name")
    weights, tensors = found_otherwise.missing(task), found_otherwise.unused(task)
    if len(named) == len(weights):
        parties = (party for party in task.graph.third_parties if not party.renames)
        return replace(found, third_party=next(parties, None))
    best: Mapping[str, str] = {}
    theirs: ThirdParty | None = None
    for party in task.graph.third_parties:
        if party.renames:
            pairs = unwrapped(dict(_names(party, task.checkpoint, weights)), task.checkpoint, tensors)
            if len(pairs) > max(len(weights) // 2, len(named), len(best)):
                best, theirs = pairs, party
    return found if theirs is None else replace(found_otherwise.having(best, "third party"), third_party=theirs)


def _names(party: ThirdParty, checkpoint: Checkpoint, weights: Sequence[NativeWeight]) -> Iterator[tuple[str, str]]:
    """Their names of the weights' tensors, with the canonical names."""
    layers: dict[str, str | None] = {}
    for weight in weights:
        single = party.calls(weight.canonical)
        if single is not None:
            yield single, weight.canonical
            continue
        path = weight.canonical.rpartition(":")[0]
        if path not in layers:
            layers[path] = party.calls(path)
        theirs = layers[path]
        for name in names_in(checkpoint, weight):
            own = checkpoint.split(name)[0]
            yield name if theirs is None else theirs + name.removeprefix(own), weight.canonical
