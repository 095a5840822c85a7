"""Layers without names in common: which of the checkpoint's is which of the network's, by order and by shapes.

A checkpoint's order is taken for one in which its network could be executed. Layers in a row have one such order. Those
of parallel branches have several, and then the shapes may still tell; where they do not, nothing is guessed. A layer
without a counterpart of its shapes is left aside, and so are, of a kind of which one side has more layers, as many.
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
"""Canonical names of weights, to names of tensors."""

_Options = set[int | None]
"""The places of the targets that a group can be; None stands for none of them."""

_State = tuple[int, int]
"""The targets that have been executed or left aside, as bits, and how many groups and targets were left aside."""

_MOST_MOVES = 4_000_000
"""How often it is asked whether a group, in some state, can be some target."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What order and shapes say about layers.

    `pairs` are the only ones that the file's order allows. `counted` are too, but the file has its layers in the order
    of their definition, and that this is the order of execution only numbers in their names confirm; for `doubtful`
    nothing does. `ambiguous` has the checkpoint's layers that could be several of the network's, or one or none.
    `out_of_order` says that the file's order is none of execution, and that it told nothing therefore.
    """

    pairs: Pairs = field(default_factory=dict)
    counted: Pairs = field(default_factory=dict)
    doubtful: Pairs = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    out_of_order: bool = False


def align(
    graph: Graph, groups: Sequence[Group], targets: Sequence[Target], order: Order, classes: Mapping[str, str]
) -> Alignment:
    """How these groups are these targets, each at most once; for `order` and `classes` see `Checkpoint`."""
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
    """What each group can be."""
    possible: list[_Options] = [{*fits} for fits in found.fits]
    # What only one can be needs no order.
    if order == "none" or found.settled:
        return possible
    before = befores(graph, [target.layer for target in found.targets])
    words = [classes.get(group.layer, "") if order == "classes" else "" for group in found.groups]
    for word in sorted(set(words)):
        places = [place for place, each in enumerate(words) if each == word]
        for place, options in zip(places, _in_order(found, places, before), strict=True):
            possible[place] = options
    return possible


def _in_order(found: Fitting, places: Sequence[int], before: Sequence[int]) -> list[_Options]:
    """What each of these groups can be in any order of execution that theirs can stand for; nothing for no such order.

    No more are left aside than must be, and targets of other kinds count for nothing. Where too many orders are to be
    looked at, a group can be all that it fits.
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
    """The groups that can be just one target, and this no other group."""
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
