"""Reads a network's weights from a checkpoint, in canonical form, each on access."""

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
    """Options for reading a checkpoint.

    `names` is the map by hand; see `match` for it and for `by_order`. `key` is the place of the weights in the file;
    see `open_checkpoint`. `only_matching` ignores unmatched weights and tensors.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    only_matching: bool = False
    by_order: bool = False


class CheckpointWeights(StoredWeights):
    """Weights by their canonical names, with their `matching`; unmatched weights have initial values."""

    def __init__(self, stored: Mapping[str, Stored], matching: Matching) -> None:
        super().__init__(stored)
        self.matching = matching

    @property
    def initial(self) -> tuple[str, ...]:
        """The weights with initial values."""
        found = {match.weight.canonical for match in self.matching.matches}
        return tuple(name for name in self.stored if name not in found)

    @property
    def notes(self) -> tuple[Message, ...]:
        """The assumptions that were made, and the choices that the caller did not ask for."""
        return tuple(notes(self.matching))

    def held(self) -> CheckpointWeights:
        """The same weights with all arrays in memory."""
        return CheckpointWeights({name: _held(array) for name, array in self.items()}, self.matching)

    def warn(self) -> None:
        """Issue the notes as Python's warnings, at the user's call of the API function that calls this method."""
        for note in self.notes:
            # The check of the arguments is another frame in between.
            warnings.warn(CheckpointWarning(note), stacklevel=4)


def read_weights_file(
    graph: Graph, path: str | os.PathLike[str], options: CheckpointOptions | None = None, *, seed: int = 0
) -> CheckpointWeights:
    """The network's weights in a checkpoint of any kind, in their own types.

    Raises `CheckpointError` unless each weight matches one tensor and each tensor one weight. With `only_matching`,
    unmatched tensors are ignored and unmatched weights are drawn from `seed`; the error is then raised only if nothing
    matches.
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
    """The tensor in the canonical layout; `rows` are the file's rows in the canonical order, if they are permuted."""
    tensor = matching.checkpoint.tensors[found.tensor]
    return Stored(found.weight.canonical_shape, tensor.dtype, partial(_move, found, tensor, rows))


def _move(found: Match, tensor: Stored, rows: Rows | None) -> Bits:
    moved = found.weight.move_to_canonical(tensor.read().reshape(found.weight.native_shape))
    return moved if rows is None else moved.take(rows, 0)


def _drawn(weight: WeightSpec, name: str, seed: int) -> Stored:
    return Stored(weight.shape, "float32", partial(draw_one, weight, name, seed))
