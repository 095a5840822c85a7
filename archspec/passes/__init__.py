"""Passes: transformations of a graph between lowering and emission."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archspec.ir import Graph
from archspec.passes.expose import expose
from archspec.passes.recompute import recompute
from archspec.passes.restrict import restrict
from archspec.passes.rewrite import map_nodes
from archspec.passes.switch_off_random import switch_off_random
from archspec.passes.to_logits import to_logits
from archspec.passes.verify import Inferred, VerificationError, verify
from archspec.passes.with_sizes import COMPARED_AT, at_usual_sizes, with_sizes

Pass = Callable[[Graph], Graph]

PASSES: tuple[Pass, ...] = ()
"""The passes that every network goes through before emission, in this order."""


def run(graph: Graph, passes: Iterable[Pass] = PASSES) -> Graph:
    """Apply the passes in order; raises `VerificationError` if the graph is malformed after one of them."""
    inferred: Inferred = {}
    verify(graph, inferred)
    for step in passes:
        graph = verify(step(graph), inferred)
    return graph


__all__ = [
    "COMPARED_AT",
    "PASSES",
    "Pass",
    "VerificationError",
    "at_usual_sizes",
    "expose",
    "map_nodes",
    "recompute",
    "restrict",
    "run",
    "switch_off_random",
    "to_logits",
    "verify",
    "with_sizes",
]
