"""Chooses the blocks whose inner values training computes again in its backward pass, instead of keeping them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

from archspec.errors import ArchspecError
from archspec.ir import Graph, walk
from archspec.passes.with_sizes import at_usual_sizes


@dataclass(slots=True)
class _Inner:
    """The values inside the uses of a block that no layer outside reads, in elements a sample."""

    total: int = 0
    largest: int = 0

    def add(self, size: int) -> None:
        self.total += size
        self.largest = max(self.largest, size)


def recompute(graph: Graph) -> Graph:
    """The graph with `recomputed`: the blocks with which a training step needs the least memory.

    Without any, backward finds all values in memory. A block that is computed again costs its inner values only while
    backward is in it. So the peak is estimated as all values outside of these blocks, and the inner values of the
    largest one. Every value counts in full: backends keep fewer, and the choice between blocks does not depend on it.

    Guarantees: no chosen block stands in another one. Raises `ArchspecError` if no choice needs less memory, and for an
    optimised network, which is for inference.
    """
    if graph.for_inference:
        raise ArchspecError(f"{graph.name} is optimised for inference, and only training has a backward pass")
    inner = _inner_values(graph)
    around = _blocks_around(graph)
    chosen = min(_choices(inner, around), key=lambda blocks: _saved(inner, blocks), default=frozenset[str]())
    if _saved(inner, chosen) >= 0:
        raise ArchspecError(f"{graph.name} has no blocks whose values could be computed again to save memory")
    return replace(graph, recomputed=chosen)


def _choices(inner: Mapping[str, _Inner], around: Mapping[str, Set[str]]) -> Iterator[frozenset[str]]:
    """For each bound of the inner values: the blocks below it that stand in no other block below it."""
    for bound in sorted({each.largest for each in inner.values()}):
        able = {kind for kind, each in inner.items() if each.largest <= bound}
        yield frozenset(kind for kind in able if able.isdisjoint(around[kind]))


def _saved(inner: Mapping[str, _Inner], blocks: Set[str]) -> int:
    """By how many elements the peak grows if these blocks are computed again; negative if it shrinks."""
    return max((inner[kind].largest for kind in blocks), default=0) - sum(inner[kind].total for kind in blocks)


def _inner_values(graph: Graph) -> Mapping[str, _Inner]:
    known = at_usual_sizes(graph)[0]
    found: dict[str, _Inner] = {}
    for scope in [scope for scope in known.scopes if scope.block]:
        read_outside = set(known.interfaces[scope.path].outputs)
        values = {value for node in walk(scope.members) for value in node.results} - read_outside
        found.setdefault(scope.kind, _Inner()).add(sum(value.type.size for value in values))
    return found


def _blocks_around(graph: Graph) -> Mapping[str, Set[str]]:
    """The blocks in which each block is used, at any depth."""
    found: dict[str, set[str]] = {}
    kinds: dict[str, frozenset[str]] = {"": frozenset()}
    for scope in graph.scopes:  # outer ones come first
        around = kinds[scope.path.rpartition(".")[0]]
        kinds[scope.path] = around | {scope.kind} if scope.block else around
        if scope.block:
            found.setdefault(scope.kind, set()).update(around)
    return found
