"""Matches by the caller's map."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.listing import shown
from archspec.checkpoints.matching.groups import groups_of, pair, targets_of
from archspec.checkpoints.matching.task import Found, Task
from archspec.checkpoints.messages import MapError
from archspec.weights import NativeWeight


def by_map(task: Task, found: Found) -> Found:
    """Match by the map from weights' names or layers' paths to names in the file.

    Raises `MapError`, with all faults, if the map has unknown names or uses one twice.
    """
    known = _Known(task.layout.weights, task.checkpoint, task.tensors)
    mapped: dict[str, str] = {}
    taken: set[str] = set()
    wrong: list[tuple[str, str]] = []
    for mine, theirs in task.names.items():
        pairs = known.pairs(mine, theirs)
        if isinstance(pairs, str):
            wrong.append((mine, pairs))
        elif pairs.keys() & mapped.keys() or taken.intersection(pairs.values()):
            wrong.append((mine, f"another line says what it or {shown(theirs)} is"))
        else:
            mapped |= pairs
            taken.update(pairs.values())
    if wrong:
        raise MapError(task.names, wrong)
    return found.having(mapped, "map")


class _Known:
    """The names that a map can use: of weights and tensors, of layers and the file's groups of tensors."""

    def __init__(self, weights: Sequence[NativeWeight], checkpoint: Checkpoint, tensors: Sequence[str]) -> None:
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
