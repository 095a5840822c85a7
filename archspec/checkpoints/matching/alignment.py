"""Matches layers without common names by order and by shapes.

A checkpoint's order is assumed to be a possible order of execution. A chain of layers has one such order. Layers of
parallel branches have several; if the shapes do not tell them apart, nothing is guessed. A layer whose shapes the other
side lacks is skipped. If one side has more layers of a kind, as many of them are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from archspec.checkpoints.checkpoint import Order
from archspec.checkpoints.matching.dataflow import befores
from archspec.checkpoints.matching.evidence import Unproved, parameters_last, unproved
from archspec.checkpoints.matching.fitting import Fitting, fitting
from archspec.checkpoints.matching.groups import Group, Target, pair
from archspec.checkpoints.matching.orders import MOST_STATES, TooManyStatesError, choices
from archspec.ir import Graph

Pairs = Mapping[str, str]
"""Names of tensors by the canonical names of their weights."""

_Options = set[int | None]
"""The indices of the targets that a group may match; None stands for no match."""

_State = tuple[int, int]
"""The targets that have been executed or skipped, as bits, and the numbers of skipped groups and targets."""

_MOST_MOVES = 4_000_000
"""The largest number of tests whether a group, in some state, may match a target."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The matches by order and shapes.

    `pairs` are the only ones that the file's order allows. `counted` are too, but the file has its layers in the order
    of definition, and only numbers in their names confirm that this is an order of execution; nothing confirms it for
    `doubtful`. `ambiguous` are the checkpoint's layers with several possible matches, or with one or none.
    `out_of_order` says that the file's order is no order of execution, so that it was not used.
    """

    pairs: Pairs = field(default_factory=dict)
    counted: Pairs = field(default_factory=dict)
    doubtful: Pairs = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    out_of_order: bool = False


def align(
    graph: Graph, groups: Sequence[Group], targets: Sequence[Target], order: Order, classes: Mapping[str, str]
) -> Alignment:
    """Match groups with targets, each at most once; see `Checkpoint` for `order` and `classes`."""
    found = fitting(groups, targets)
    possible = _possible(graph, found, order, classes)
    if order == "definition" and not any(possible):
        moved = [groups[place] for place in parameters_last([group.layer for group in groups])]
        found = fitting(moved, targets)
        possible = _possible(graph, found, order, classes)
    sure = _sure(possible)
    layers = [group.layer for group in found.groups]
    kinds = [found.kind(place) for place in range(len(layers))]
    open_ = unproved(layers, kinds) if order == "definition" else Unproved()
    weak = open_.counted | open_.doubtful
    ambiguous = {
        layers[place]: tuple(found.targets[index].layer for index in sorted(_targets(options)))
        for place, options in enumerate(possible)
        if place not in sure and _targets(options)
    }
    return Alignment(
        _pairs(found, {place: index for place, index in sure.items() if place not in weak}),
        _pairs(found, {place: index for place, index in sure.items() if place in open_.counted}),
        _pairs(found, {place: index for place, index in sure.items() if place in open_.doubtful}),
        ambiguous,
        bool(possible) and not any(possible),
    )


def _possible(graph: Graph, found: Fitting, order: Order, classes: Mapping[str, str]) -> list[_Options]:
    """The possible matches of each group."""
    possible: list[_Options] = [{*fits} for fits in found.fits]
    # A unique match needs no order.
    if order == "none" or found.settled:
        return possible
    before = befores(graph, [target.layer for target in found.targets])
    words = [group.row(classes) if order == "classes" else "" for group in found.groups]
    for word in sorted(set(words)):
        places = [place for place, each in enumerate(words) if each == word]
        for place, options in zip(places, _in_order(found, places, before), strict=True):
            possible[place] = options
    return possible


def _in_order(found: Fitting, places: Sequence[int], before: Sequence[int]) -> list[_Options]:
    """The possible matches of these groups over all orders of execution; empty if there is no such order.

    As few layers as possible are skipped, and targets of other kinds do not count. If there are too many orders to
    search, every target that fits a group is possible.
    """
    loss = found.surplus(places)
    kinds = {found.kind(place) for place in places}
    own = sum(1 << index for index, kind in enumerate(found.kinds) if kind in kinds)

    def moves(fits: Sequence[int], state: _State) -> Iterator[tuple[int | None, _State]]:
        past, lost = state
        if lost < loss:
            yield None, (past, lost + 1)
        for index in fits:
            skipped = before[index] & own & ~past
            if not past >> index & 1 and lost + skipped.bit_count() <= loss:
                yield index, (past | skipped | 1 << index, lost + skipped.bit_count())

    def accepts(state: _State) -> bool:
        return state[1] + (own & ~state[0]).bit_count() == loss

    most = min(MOST_STATES, 1 + _MOST_MOVES // sum(len(found.fits[place]) for place in places))
    try:
        possible = choices((0, 0), [partial(moves, found.fits[place]) for place in places], accepts, most=most)
    except TooManyStatesError:
        return [{*found.fits[place]} for place in places]
    return [set() for _ in places] if possible is None else possible


def _sure(possible: Sequence[_Options]) -> dict[int, int]:
    """The groups with a single possible target that is possible for no other group."""
    claims: dict[int, int] = {}
    for options in possible:
        for index in _targets(options):
            claims[index] = claims.get(index, 0) + 1
    return {
        place: index
        for place, options in enumerate(possible)
        if len(options) == 1
        for index in _targets(options)
        if claims[index] == 1
    }


def _targets(options: _Options) -> set[int]:
    return {index for index in options if index is not None}


def _pairs(found: Fitting, chosen: Mapping[int, int]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for place, index in chosen.items():
        pairs |= pair(found.groups[place], found.targets[index]) or {}
    return pairs
