"""Layers without names in common: which of the checkpoint's is which of the network's, by order and by shapes.

A checkpoint's order is taken for one in which its network could be executed. Layers in a row have one such order. Those
of parallel branches have several, and then the shapes may still tell; where they do not, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archspec.checkpoints.checkpoint import Order
from archspec.checkpoints.dataflow import befores
from archspec.checkpoints.groups import Group, Target, pair
from archspec.ir import Graph

MOST_STATES = 4096
"""How many sets of layers may be possible as what has been executed up to a point."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of canonical names and tensors' names, if there is just one way; otherwise what could be several.

    `ambiguous` has the checkpoint's layers that could be more than one of the network's, with these. Neither means that
    there is no way at all.
    """

    pairs: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def align(
    graph: Graph, groups: Sequence[Group], targets: Sequence[Target], order: Order, classes: Mapping[str, str]
) -> Alignment:
    """How these groups are these targets, each once; for `order` and `classes` see `Checkpoint`."""
    if len(groups) != len(targets):
        return Alignment()
    fits = _fits(groups, targets)
    # What only one can be needs no order.
    if all(len(found) == 1 for found in fits) and len({found[0] for found in fits}) == len(targets):
        return _pairs(groups, targets, [found[0] for found in fits])
    if order == "none":
        return _ambiguous(groups, targets, [set(found) for found in fits])
    if order == "layers":
        possible = _orders(fits, befores(graph, [target.layer for target in targets]))
    else:
        possible = _orders_by_class(graph, groups, targets, fits, classes)
    if possible is None or not all(possible):
        return Alignment()
    if any(len(found) > 1 for found in possible):
        return _ambiguous(groups, targets, possible)
    return _pairs(groups, targets, [next(iter(found)) for found in possible])


def _fits(groups: Sequence[Group], targets: Sequence[Target]) -> list[list[int]]:
    """For each group the targets with the same words and shapes."""
    return [[index for index, target in enumerate(targets) if pair(group, target)] for group in groups]


def _pairs(groups: Sequence[Group], targets: Sequence[Target], chosen: Sequence[int]) -> Alignment:
    found: dict[str, str] = {}
    for group, index in zip(groups, chosen, strict=True):
        found |= pair(group, targets[index]) or {}
    return Alignment(found)


def _ambiguous(groups: Sequence[Group], targets: Sequence[Target], possible: Sequence[set[int]]) -> Alignment:
    if not all(possible):
        return Alignment()
    several = {
        group.layer: tuple(targets[index].layer for index in sorted(found))
        for group, found in zip(groups, possible, strict=True)
        if len(found) > 1
    }
    return Alignment(ambiguous=several)


def _orders_by_class(
    graph: Graph,
    groups: Sequence[Group],
    targets: Sequence[Target],
    fits: Sequence[Sequence[int]],
    classes: Mapping[str, str],
) -> list[set[int]] | None:
    """What each group can be where only layers of one class are in order among themselves."""
    possible: list[set[int]] = [set() for _ in groups]
    words = sorted(set(classes.values()))
    for word in words:
        places = [place for place, group in enumerate(groups) if classes.get(group.layer) == word]
        # The class's layers of the network are those that its groups can be.
        own = sorted({index for place in places for index in fits[place]})
        rank = {index: position for position, index in enumerate(own)}
        if len(own) != len(places):
            return None
        before = befores(graph, [targets[index].layer for index in own])
        found = _orders([[rank[index] for index in fits[place]] for place in places], before)
        if found is None:
            return None
        for place, ranks in zip(places, found, strict=True):
            possible[place] = {own[position] for position in ranks}
    return possible


def _orders(fits: Sequence[Sequence[int]], before: Sequence[int]) -> list[set[int]] | None:
    """What each group can be in any order of execution that the groups' order can stand for; None for no such order.

    A state is the set of layers already executed, as bits. Forward all states are found that can be reached, backward
    those from which the end can be reached.
    """
    reached: list[set[int]] = [{0}]
    for candidates in fits:
        states = {
            state | 1 << index
            for state in reached[-1]
            for index in candidates
            if not state >> index & 1 and not before[index] & ~state
        }
        if not states:
            return None
        if len(states) > MOST_STATES:
            return [set(found) for found in fits]
        reached.append(states)
    possible: list[set[int]] = []
    alive = reached[-1]
    for candidates, states in zip(reversed(fits), reversed(reached[:-1]), strict=True):
        steps = [
            (state, index)
            for state in states
            for index in candidates
            if not state >> index & 1 and not before[index] & ~state and state | 1 << index in alive
        ]
        alive = {state for state, _ in steps}
        possible.append({index for _, index in steps})
    return possible[::-1]
