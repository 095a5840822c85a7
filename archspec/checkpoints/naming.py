"""Tensors whose names say which weights they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.groups import groups_of, pair, targets_of
from archspec.weights import NativeWeight, WeightsError

WRAPPERS = ("module.", "model.", "state_dict.", "_orig_mod.", "net.", "network.", "backbone.", "encoder.")
"""What training programs put before every name."""


def by_name(weights: Iterable[NativeWeight], tensors: Iterable[str]) -> dict[str, str]:
    """Canonical names to tensors' names where these are the framework's own, but for what wraps all of them.

    Of the readings with fewer or more wrappers off, the one counts that knows most names.
    """
    known = {name: weight.canonical for weight in weights for name in (*weight.names, weight.canonical)}
    best: dict[str, str] = {}
    names = {name: name for name in tensors}
    while names:
        found = {known[inner]: outer for inner, outer in names.items() if inner in known}
        if len(found) > len(best):
            best = found
        wrapper = next((wrapper for wrapper in WRAPPERS if any(name.startswith(wrapper) for name in names)), None)
        if wrapper is None:
            break
        names = {inner.removeprefix(wrapper): outer for inner, outer in names.items() if inner.startswith(wrapper)}
    return best


def by_map(
    weights: Iterable[NativeWeight], checkpoint: Checkpoint, tensors: Iterable[str], names: Mapping[str, str]
) -> dict[str, str]:
    """Canonical names to tensors' names as a map says: from a weight's name, or a layer's path, to the file's.

    Raises `WeightsError` where the map names what is not there, or one thing twice.
    """
    weights, tensors = list(weights), list(tensors)
    known = {name: weight.canonical for weight in weights for name in (*weight.names, weight.canonical)}
    layers = {target.layer: target for target in targets_of(weights)}
    groups = {group.layer: group for group in groups_of(checkpoint, tensors)}
    found: dict[str, str] = {}
    for mine, theirs in names.items():
        if mine in known and theirs in tensors:
            pairs = {known[mine]: theirs}
        elif mine in layers and theirs in groups:
            pairs = pair(groups[theirs], layers[mine]) or {}
            if not pairs:
                raise WeightsError(f"the map says {mine}: {theirs}, and the tensors there are not those of this layer")
        else:
            where = "the file" if mine in known or mine in layers else "the network"
            raise WeightsError(f"the map says {mine}: {theirs}, and {where} has no such weight or layer")
        twice = [name for name, tensor in pairs.items() if name in found or tensor in found.values()]
        if twice:
            raise WeightsError(f"the map says twice what {twice[0]} or its tensor is")
        found |= pairs
    return found
