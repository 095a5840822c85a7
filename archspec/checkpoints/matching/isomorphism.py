"""Finds the nodes of two graphs that correspond.

Nodes with the only equal colour on both sides correspond. If a colour has several on both sides, these are symmetric:
one of them is paired with one of the other side, which mostly settles the others, and so on. Each choice gives the same
function, if all choices together are a correspondence of the graphs, which is checked at the end.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from archspec.checkpoints.matching.colours import GONE, Colours, Painter
from archspec.checkpoints.matching.skeleton import Skeleton

_MOST_WORK = 1_000_000
"""The largest number of nodes that are coloured again after choices."""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Pairs of nodes, and the layers with weights by which they pair: the second graph's by the first's."""

    graphs: Sequence[Skeleton]
    nodes: Mapping[int, int] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all layers with weights of both graphs are paired."""
        return all(len(self.owners) == len(_owners(graph)) for graph in self.graphs)


def correspondence(
    graphs: Sequence[Skeleton], marks: Sequence[Mapping[int, Hashable]], *, from_outputs: bool, may_choose: bool
) -> Correspondence:
    """The nodes that correspond, as far as the graphs have a part in common; see `Painter.first` for the options.

    Symmetric nodes are paired if `may_choose` says so.
    """
    painter = Painter(graphs)
    colours = painter.refined(painter.first(marks, from_outputs=from_outputs))
    sure = _paired(colours)
    if may_choose:
        chosen = _chosen(painter, colours)
        if chosen is not None:
            return Correspondence(graphs, chosen, _owners_of(graphs, chosen))
    return Correspondence(graphs, sure, _owners_of(graphs, sure))


def _chosen(painter: Painter, colours: list[Colours]) -> dict[int, int] | None:
    """The pairs with those of symmetric nodes; None if there are none, or the choices contradict each other."""
    left, skipped, mark = _MOST_WORK, set[int](), 0
    while (several := _several(painter.graphs, colours, skipped)) is not None:
        mine, theirs, colour = several
        left -= sum(map(len, colours))
        if left < 0:
            return None
        other = _alike(painter.graphs, mine, theirs)
        if other is None:
            skipped.add(colour)
            continue
        mark -= 1
        colours[0][mine[0]] = colours[1][other] = GONE + mark
        colours = painter.refined(colours)
        skipped = set()
    pairs = _paired(colours)
    return pairs if mark and _is_consistent(painter.graphs, pairs) else None


def _alike(graphs: Sequence[Skeleton], mine: Sequence[int], theirs: Sequence[int]) -> int | None:
    """The node to pair with the first of `mine`: one with the same function, or any if all differ in the same way."""
    own = [_local(graphs[0], node) for node in mine]
    others = [_local(graphs[1], node) for node in theirs]
    if own[0] in others:
        return theirs[others.index(own[0])]
    return theirs[0] if len({*own}) == len({*others}) == 1 else None


def _several(
    graphs: Sequence[Skeleton], colours: Sequence[Colours], skipped: set[int]
) -> tuple[list[int], list[int], int] | None:
    """The nodes of the first colour that several nodes with weights have, as many on each side."""
    classes = _classes(colours)
    for node, colour in enumerate(colours[0]):
        if colour == GONE or colour in skipped or not graphs[0].step(node).owner:
            continue
        mine, theirs = classes[colour]
        if len(mine) == len(theirs) > 1:
            return mine, theirs, colour
    return None


def _classes(colours: Sequence[Colours]) -> dict[int, tuple[list[int], list[int]]]:
    classes: dict[int, tuple[list[int], list[int]]] = {}
    for side, own in enumerate(colours):
        for node, colour in enumerate(own):
            if colour != GONE:
                classes.setdefault(colour, ([], []))[side].append(node)
    return classes


def _paired(colours: Sequence[Colours]) -> dict[int, int]:
    """The nodes with the only equal colour."""
    return {mine[0]: theirs[0] for mine, theirs in _classes(colours).values() if len(mine) == 1 and len(theirs) == 1}


def _local(graph: Skeleton, node: int) -> Hashable:
    """What a node and the steps around it do, in full."""

    def said(chain: Sequence[int]) -> Hashable:
        return tuple(graph.flow.steps[index].essence for index in chain)

    after = [
        (str(said(chain)), str(graph.step(reader).essence))
        for reader, inputs in enumerate(graph.inputs)
        for each, chain in zip(inputs, graph.chains[reader], strict=True)
        if each == node
    ]
    return graph.step(node).essence, tuple(map(said, graph.chains[node])), tuple(sorted(after))


def _is_consistent(graphs: Sequence[Skeleton], pairs: Mapping[int, int]) -> bool:
    """Whether paired nodes read paired nodes, as far as what they read is paired."""
    mine, theirs = graphs
    for node, other in pairs.items():
        read, expected = [pairs.get(each) for each in mine.inputs[node]], list(theirs.inputs[other])
        if len(read) != len(expected):
            return False
        if mine.step(node).commutes:
            known = [each for each in read if each is not None]
            if any(known.count(each) > expected.count(each) for each in known):
                return False
        elif any(each is not None and each != want for each, want in zip(read, expected, strict=True)):
            return False
    return True


def _owners_of(graphs: Sequence[Skeleton], pairs: Mapping[int, int]) -> dict[str, str]:
    """The layers with weights of paired nodes, if all of their uses are paired alike."""
    mine, theirs = graphs
    found: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for node, other in pairs.items():
        if owner := mine.step(node).owner:
            found.setdefault(owner, set()).add(theirs.step(other).owner)
            back.setdefault(theirs.step(other).owner, set()).add(owner)
    return {
        owner: next(iter(others))
        for owner, others in found.items()
        if len(others) == 1 and "" not in others and len(back[next(iter(others))]) == 1
    }


def _owners(graph: Skeleton) -> set[str]:
    return {graph.step(node).owner for node in range(len(graph.steps))} - {""}
