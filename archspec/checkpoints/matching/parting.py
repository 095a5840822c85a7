"""Finds the first place where a file and a network part, in the order of the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.listing import shown
from archspec.checkpoints.matching.groups import Group, Target, pair
from archspec.checkpoints.matching.listed import Rows, file_rows, network_row
from archspec.ir import Graph, Shape
from archspec.weights import ListedLayer

_MOST = 4
"""The number of listings that are compared."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The place where the layers of both sides differ for the first time.

    `place` is the number of the network's layers before it, of `count` with weights. `agreed` is the last layer before
    it on both sides. `ours` and `theirs` are descriptions of the first layers that differ; one of them may be None, at
    the end of a side.
    """

    place: int
    count: int
    agreed: tuple[str, str] | None
    ours: str | None
    theirs: str | None

    def lines(self) -> list[str]:
        """The place as text."""
        after = "at their beginning"
        if self.agreed is not None:
            mine, other = self.agreed
            after = f"after {mine}, which is {shown(other)} in the file (layer {self.place:,} of {self.count:,})"
        return [
            f"both part {after}:",
            f"  the network continues with {self.ours or 'no other layer'}",
            f"  the file continues with {self.theirs or 'no other layer'}",
        ]


def parting(
    graph: Graph,
    checkpoint: Checkpoint,
    groups: Sequence[Group],
    targets: Sequence[Target],
    matched: Mapping[str, str],
    listings: Iterable[Sequence[ListedLayer]],
) -> Parting | None:
    """The first place where both part; None if the file has no order, or no layer on one side is left.

    `matched` are the file's layers by the network's. Other layers of both sides agree if their shapes do, one after the
    other. Of several `listings` the one counts that agrees with the file for longest; without one the layers are in the
    order of execution.
    """
    rows = file_rows(checkpoint, groups)
    if not rows:
        return None
    ours: list[Rows] = [{row: network_row(listing, row) for row in rows} for listing in islice(listings, _MOST)]
    if not ours and "" in rows:
        ours = [{"": [(target.layer,) for target in targets]}]
    found = [_Walk(graph, checkpoint, groups, targets, matched).first(rows, each) for each in ours]
    return max((each for each in found if each is not None), key=lambda each: each.place, default=None)


class _Walk:
    """Walks along the layers of both sides."""

    def __init__(
        self,
        graph: Graph,
        checkpoint: Checkpoint,
        groups: Sequence[Group],
        targets: Sequence[Target],
        matched: Mapping[str, str],
    ) -> None:
        self._graph, self._checkpoint = graph, checkpoint
        self._groups = {group.layer: group for group in groups}
        self._targets = {target.layer: target for target in targets}
        self._matched = matched
        self._taken = frozenset(matched.values())
        self._place = {target.layer: place for place, target in enumerate(targets)}

    def first(self, theirs: Rows, ours: Rows) -> Parting | None:
        """The first place in the order of the network, of the places in all rows."""
        found = [self._in_row(_flat(ours[row]), _flat(theirs[row])) for row in theirs]
        return min((each for each in found if each is not None), key=lambda each: each.place, default=None)

    def _in_row(self, ours: Sequence[str], theirs: Sequence[str]) -> Parting | None:
        mine, other = 0, 0
        agreed: tuple[str, str] | None = None
        while mine < len(ours) or other < len(theirs):
            this = ours[mine] if mine < len(ours) else None
            that = theirs[other] if other < len(theirs) else None
            if this is not None and that is not None and self._agree(this, that):
                agreed = this, that
                mine, other = mine + 1, other + 1
            elif this is not None and this in self._matched:
                mine += 1
            elif that is not None and that in self._taken:
                other += 1
            else:
                return Parting(
                    0 if agreed is None else self._place[agreed[0]] + 1,
                    len(self._place),
                    agreed,
                    None if this is None else self._network_layer(this),
                    None if that is None else self._file_layer(that),
                )
        return None

    def _agree(self, this: str, that: str) -> bool:
        if this in self._matched or that in self._taken:
            return self._matched.get(this) == that
        return pair(self._groups[that], self._targets[this]) is not None

    def _network_layer(self, layer: str) -> str:
        kind = type(self._graph.by_path[layer].layer).__name__
        shapes = {weight.canonical.rpartition(":")[2]: weight.native_shape for weight in self._targets[layer].weights}
        return f"{layer} ({kind}), {_said(shapes)}"

    def _file_layer(self, layer: str) -> str:
        group = self._groups[layer]
        kind = self._checkpoint.classes.get(group.whole, "").rpartition("/")[2]
        shapes = dict(zip(group.names, group.shapes, strict=True))
        return f"{shown(layer)}{f' ({shown(kind)})' if kind else ''}, {_said(shapes)}"


def _flat(layers: Iterable[Sequence[str]]) -> list[str]:
    return [part for parts in layers for part in parts]


def _said(shapes: Mapping[str, Shape]) -> str:
    """The words and shapes of a layer's tensors, words of equal shapes together: `kernel 3 x 3 x 8 x 8, bias 8`."""
    words: dict[Shape, list[str]] = {}
    for word, shape in shapes.items():
        words.setdefault(shape, []).append(shown(word))
    return ", ".join(
        f"{', '.join(own[:-1])}{' and ' if own[1:] else ''}{own[-1]} {' x '.join(map(str, shape)) or 'scalar'}"
        for shape, own in words.items()
    )
