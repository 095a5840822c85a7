"""The optimiser: passes that change a network and its weights, and keep its function outside of training.

A pass takes a graph and gives a graph, a rule for each weight that is not as before, and notes for people. It is
repeated until it finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archspec.ir import Graph
from archspec.optimizing.clip_before import clip_before
from archspec.optimizing.dense_as_convolution import dense_as_convolution
from archspec.optimizing.drop_auxiliary import drop_auxiliary
from archspec.optimizing.drop_identities import drop_identities
from archspec.optimizing.fold_after import fold_after
from archspec.optimizing.fold_before import fold_before
from archspec.optimizing.fold_padding import fold_padding
from archspec.optimizing.merge_chain import merge_chain
from archspec.optimizing.merge_sum import merge_sum
from archspec.optimizing.pool_before import pool_before
from archspec.optimizing.renumber import renumber
from archspec.optimizing.rewriting import Note, Rewriting, Rule
from archspec.optimizing.weights import Optimization
from archspec.passes import verify

Pass = Callable[[Graph], Rewriting]

PASSES: tuple[Pass, ...] = (
    drop_auxiliary,
    drop_identities,
    fold_padding,
    fold_after,
    merge_sum,
    merge_chain,
    fold_before,
    clip_before,
    pool_before,
    dense_as_convolution,
    renumber,
)
"""The passes in their order. Later ones rely on what earlier ones made simple."""


def optimize(graph: Graph, *, auxiliary: bool = False) -> Optimization:
    """The network after all passes, and how its weights follow. With `auxiliary` it keeps auxiliary heads."""
    current, steps = graph, list[Rewriting]()
    for each in [each for each in PASSES if not (auxiliary and each is drop_auxiliary)]:
        while (found := each(current)).graph is not current:
            current = verify(found.graph)
            steps.append(found)
    return Optimization(graph, replace(current, for_inference=True, recomputed=frozenset()), tuple(steps))


__all__ = ["PASSES", "Note", "Optimization", "Pass", "Rewriting", "Rule", "optimize"]
