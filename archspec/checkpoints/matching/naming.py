"""Matches by name: the framework's names, and the caller's map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.listing import shown
from archspec.checkpoints.matching.groups import groups_of, pair, targets_of
from archspec.checkpoints.messages import MapError
from archspec.weights import NativeWeight

WRAPPERS = ("module.", "model.", "state_dict.", "_orig_mod.", "net.", "network.", "backbone.", "encoder.")
"""The prefixes that training programs put before every name."""


def by_name(weights: Iterable[NativeWeight], checkpoint: Checkpoint, tensors: Iterable[str]) -> dict[str, str]:
    """The tensors' names by canonical names, for tensors with the framework's own names and common prefixes."""
    known = {name: weight.canonical for weight in weights for name in (*weight.names, weight.canonical)}
    return unwrapped(known, checkpoint, tensors)


def unwrapped(known: Mapping[str, str], checkpoint: Checkpoint, tensors: Iterable[str]) -> dict[str, str]:
    """The tensors' names by canonical names; `known` has the canonical names by the tensors' names without prefixes.

    The number of removed prefixes is the one that gives the most known names.
    """
    best: dict[str, str] = {}
    parts = {name: checkpoint.separator.join(part) for name, part in checkpoint.parts.items()}
    names = {parts.get(name, name): name for name in tensors}
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
    """The tensors' names by canonical names, by a map from weights' names or layers' paths to names in the file.

    Raises `MapError`, with all faults, if the map has unknown names or uses one twice.
    """
    known = _Known(list(weights), checkpoint, list(tensors))
    found: dict[str, str] = {}
    taken: set[str] = set()
    wrong: list[tuple[str, str]] = []
    for mine, theirs in names.items():
        pairs = known.pairs(mine, theirs)
        if isinstance(pairs, str):
            wrong.append((mine, pairs))
        elif pairs.keys() & found.keys() or taken.intersection(pairs.values()):
            wrong.append((mine, f"another line says what it or {shown(theirs)} is"))
        else:
            found |= pairs
            taken.update(pairs.values())
    if wrong:
        raise MapError(names, wrong)
    return found


class _Known:
    """The names that a map can use: of weights and tensors, of layers and the file's groups of tensors."""

    def __init__(self, weights: list[NativeWeight], checkpoint: Checkpoint, tensors: list[str]) -> None:
        self._weights = {name: weight.canonical for weight in weights for name in (*weight.names, weight.canonical)}
        self._tensors = set(tensors)
        self._layers = {target.layer: target for target in targets_of(weights)}
        self._groups = {group.layer: group for group in groups_of(checkpoint, tensors)}

    def pairs(self, mine: str, theirs: str) -> dict[str, str] | str:
        """The tensors' names by canonical names for one line of a map, or a message about its fault."""
        if mine in self._weights and theirs in self._tensors:
            return {self._weights[mine]: theirs}
        if mine in self._layers and theirs in self._groups:
            pairs = pair(self._groups[theirs], self._layers[mine])
            return pairs or f"the tensors of {shown(theirs)} are not those of this layer"
        if mine not in self._weights and mine not in self._layers:
            return f"the network has no weight or layer {mine}"
        if theirs not in self._tensors and theirs not in self._groups:
            return f"the file has no tensor or layer {shown(theirs)}"
        return f"one of {mine} and {shown(theirs)} is a layer and the other is not"
