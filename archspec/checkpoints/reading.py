"""A network's weights out of a checkpoint, in canonical form; nothing is read before it is asked for."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from numpy.typing import NDArray

from archspec.advice import Message
from archspec.checkpoints.channels_first import Rows, row_orders
from archspec.checkpoints.matching import Match, Matching, match, notes, problems, require
from archspec.checkpoints.messages import CheckpointError, CheckpointWarning
from archspec.checkpoints.opening import open_checkpoint
from archspec.ir import Graph, WeightSpec
from archspec.weights import Bits, Stored, StoredWeights, canonical_name, draw_one


@dataclass(frozen=True, slots=True)
class CheckpointOptions:
    """How a checkpoint is read.

    `names` is the map by hand; see `match` for it and for `by_order`. `key` says where in the file the weights are; see
    `open_checkpoint`. With `only_matching` what the file and the network have not in common is left aside.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    only_matching: bool = False
    by_order: bool = False


class CheckpointWeights(StoredWeights):
    """Weights by their canonical names, and in `matching` what was found where; the rest has initial values."""

    def __init__(self, stored: Mapping[str, Stored], matching: Matching) -> None:
        super().__init__(stored)
        self.matching = matching

    @property
    def initial(self) -> tuple[str, ...]:
        """The weights that stayed at their initial values."""
        found = {match.weight.canonical for match in self.matching.matches}
        return tuple(name for name in self.stored if name not in found)

    @property
    def notes(self) -> tuple[Message, ...]:
        """What was taken for granted, or done, without having been asked for."""
        return tuple(notes(self.matching))

    def held(self) -> CheckpointWeights:
        """The same, with all arrays in memory."""
        return CheckpointWeights({name: _held(array) for name, array in self.items()}, self.matching)

    def warn(self) -> None:
        """Raise the notes as Python's warnings, at the call of the function of the API that calls this."""
        for note in self.notes:
            # Between the two is the check of the arguments.
            warnings.warn(CheckpointWarning(note), stacklevel=4)


def read_weights_file(
    graph: Graph, path: str | os.PathLike[str], options: CheckpointOptions | None = None, *, seed: int = 0
) -> CheckpointWeights:
    """The network's weights in a checkpoint of any kind, in their own types.

    Raises `CheckpointError` unless each weight is one tensor and each tensor one weight. With `only_matching` what has
    no counterpart on the other side is left aside, and weights that are not in the file are drawn from `seed`; then it
    is raised only if nothing matches.
    """
    options = options or CheckpointOptions()
    checkpoint = open_checkpoint(path, options.key)
    matching = match(graph, checkpoint, names=options.names, by_order=options.by_order)
    if not options.only_matching:
        require(matching)
    elif not matching.matches:
        left = problems(matching)
        raise CheckpointError(f"{os.fspath(path)} has nothing for {graph.name}\n{left.facts}", *left.advice)
    found = {each.weight.canonical: each for each in matching.matches}
    rows = row_orders(graph, matching)
    stored: dict[str, Stored] = {}
    for node, weight in graph.owned_weights():
        name = canonical_name(node, weight)
        stored[name] = _moved(found[name], matching, rows.get(name)) if name in found else _drawn(weight, name, seed)
    return CheckpointWeights(stored, matching)


def _held(array: NDArray[Any]) -> Stored:
    return Stored(array.shape, array.dtype.name, lambda: array)


def _moved(found: Match, matching: Matching, rows: Rows | None) -> Stored:
    """The tensor in the canonical layout; `rows` are those of the file in the canonical order, if it has another."""
    tensor = matching.checkpoint.tensors[found.tensor]
    return Stored(found.weight.canonical_shape, tensor.dtype, partial(_move, found, tensor, rows))


def _move(found: Match, tensor: Stored, rows: Rows | None) -> Bits:
    moved = found.weight.move_to_canonical(tensor.read().reshape(found.weight.native_shape))
    return moved if rows is None else moved.take(rows, 0)


def _drawn(weight: WeightSpec, name: str, seed: int) -> Stored:
    return Stored(weight.shape, "float32", partial(draw_one, weight, name, seed))
