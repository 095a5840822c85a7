"""Finds the possible matches of layers, by the words and the shapes of their tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archspec.checkpoints.matching.groups import Group, Target, bare, exact, pair
from archspec.ir import Shape


@dataclass(frozen=True, slots=True)
class Fitting:
    """The groups and targets with possible matches, and for each group the indices of its possible targets.

    Two targets that one group can match are of one kind: `kinds` has the number of each target's kind.
    """

    groups: tuple[Group, ...]
    targets: tuple[Target, ...]
    fits: tuple[tuple[int, ...], ...]
    kinds: tuple[int, ...]
    settled: bool
    """Whether each layer on either side has exactly one possible match."""

    def kind(self, group: int) -> int:
        """The kind of the targets that a group can match."""
        return self.kinds[self.fits[group][0]]

    def surplus(self, groups: Iterable[int]) -> int:
        """The numbers of these groups, and of the targets of their kinds, that must stay unmatched."""
        theirs = Counter(map(self.kind, groups))
        ours = Counter(kind for kind in self.kinds if kind in theirs)
        return sum(abs(theirs[kind] - ours[kind]) for kind in theirs)


def fitting(groups: Sequence[Group], targets: Sequence[Target]) -> Fitting:
    """The possible matches; exact shapes come before shapes that differ by axes of length 1."""
    places: dict[tuple[Shape, ...], list[int]] = {}
    for place, target in enumerate(targets):
        places.setdefault(_key(weight.native_shape for weight in target.weights), []).append(place)
    known: dict[tuple[object, ...], list[int]] = {}
    for group in groups:
        if _form(group) not in known:
            known[_form(group)] = _fits(group, targets, places.get(_key(group.shapes), ()))
    fits = [known[_form(group)] for group in groups]
    fitted = sorted({place for found in fits for place in found})
    rank = {place: index for index, place in enumerate(fitted)}
    own = tuple(tuple(rank[place] for place in found) for found in fits if found)
    kinds = _kinds(set(own), len(fitted))
    return Fitting(
        tuple(group for group, found in zip(groups, fits, strict=True) if found),
        tuple(targets[place] for place in fitted),
        own,
        kinds,
        len(own) == len(groups) == len(targets) == len(set(kinds)),
    )


def _key(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    return tuple(sorted(map(bare, shapes)))


def _form(group: Group) -> tuple[object, ...]:
    """A key for groups with the same possible targets: files have many of them."""
    return *group.names, *group.shapes


def _fits(group: Group, targets: Sequence[Target], places: Iterable[int]) -> list[int]:
    found = [place for place in places if pair(group, targets[place])]
    return [place for place in found if exact(group, targets[place])] or found


def _kinds(fits: Iterable[Sequence[int]], count: int) -> tuple[int, ...]:
    kinds = list(range(count))
    for found in fits:
        joined = {kinds[place] for place in found}
        if len(joined) > 1:
            kinds = [min(joined) if kind in joined else kind for kind in kinds]
    return tuple(kinds)
