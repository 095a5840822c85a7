"""A network's weights out of a checkpoint, in canonical form; nothing is read before it is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial

from archspec.checkpoints.matching import Match, Matching, match
from archspec.checkpoints.opening import open_checkpoint
from archspec.ir import Graph, WeightSpec
from archspec.weights import Bits, Stored, StoredWeights, WeightsError, canonical_name, draw_one


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


def read_weights_file(
    graph: Graph,
    path: str | os.PathLike[str],
    *,
    names: Mapping[str, str] | None = None,
    only_matching: bool = False,
    seed: int = 0,
) -> CheckpointWeights:
    """The network's weights in a checkpoint of any kind, in their own types; for `names` see `match`.

    Raises `WeightsError` unless each weight is one tensor and each tensor one weight. With `only_matching` what has
    other names, shapes or types is left aside, and weights that are not in the file are drawn from `seed`; then it is
    raised only if nothing matches.
    """
    matching = match(graph, open_checkpoint(path), names=names, only_matching=only_matching)
    if not only_matching:
        matching.require()
    if only_matching and not matching.matches:
        raise WeightsError(f"{os.fspath(path)} has nothing for {graph.name}\n{matching.problems()}")
    found = {each.weight.canonical: each for each in matching.matches}
    stored: dict[str, Stored] = {}
    for node, weight in graph.owned_weights():
        name = canonical_name(node, weight)
        stored[name] = _moved(found[name], matching) if name in found else _drawn(weight, name, seed)
    return CheckpointWeights(stored, matching)


def _moved(found: Match, matching: Matching) -> Stored:
    """The tensor in the canonical layout."""
    tensor = matching.checkpoint.tensors[found.tensor]
    return Stored(found.weight.canonical_shape, tensor.dtype, partial(_move, found, tensor))


def _move(found: Match, tensor: Stored) -> Bits:
    return found.weight.move_to_canonical(tensor.read())


def _drawn(weight: WeightSpec, name: str, seed: int) -> Stored:
    return Stored(weight.shape, "float32", partial(draw_one, weight, name, seed))
