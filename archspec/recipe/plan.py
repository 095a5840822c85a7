"""A recipe with its network: everything that a backend writes a training program from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.ir import Graph
from archspec.recipe.document import Recipe
from archspec.recipe.losses import Loss


@dataclass(frozen=True, slots=True)
class Penalised:
    """Weights by their canonical names whose `L1` or `L2` penalty, times a rate, is added to the loss."""

    kind: str
    rate: float
    weights: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """The training of a network.

    `graph` is the network in the form that is trained: an output with a loss of logits gives logits. `reads` has the
    field of an example for each input of the network, and `losses` the loss for each of its outputs that has one.
    Weights are given by their canonical names; `frozen` are those that the recipe freezes, and those that no loss
    depends on. `fixed_statistics` are the moving statistics of normalisations that use them in training too.
    """

    recipe: Recipe
    graph: Graph
    reads: Mapping[str, str]
    losses: Mapping[str, Loss]
    trained: frozenset[str]
    frozen: frozenset[str] = frozenset()
    fixed_statistics: frozenset[str] = frozenset()
    decayed: frozenset[str] = frozenset()
    penalised: tuple[Penalised, ...] = ()
