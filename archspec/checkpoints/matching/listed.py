"""Matches layers by the order in which a framework lists a network's layers.

A file that lists the layers in that order tells parallel branches apart whose layers have equal shapes. A network can
be written in several ways, which may have different orders. A way fits if, layer by layer, the shapes are the file's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.matching.dataflow import befores
from archspec.checkpoints.matching.groups import Group, Target, pair
from archspec.ir import Graph
from archspec.weights import ListedLayer

_HEAD = 3
"""The largest number of last layers with weights that may differ: those of a classifier."""

_INPUT = "inputlayer"

Rows = Mapping[str, Sequence[tuple[str, ...]]]
"""Layers in their order, by the names of rows."""


@dataclass(frozen=True, slots=True)
class _Row:
    """Layers in their order: the parts of those with weights, and the number of those without before each and at last.

    Layers without weights before the first with weights do not count: a `Sequential` does not list its input.
    """

    weighted: tuple[tuple[str, ...], ...]
    gaps: tuple[int, ...]


def by_listing(
    graph: Graph,
    listings: Iterable[Sequence[ListedLayer]],
    checkpoint: Checkpoint,
    groups: Sequence[Group],
    targets: Sequence[Target],
) -> Mapping[str, str]:
    """The file's layers, or parts of layers, by the network's; empty if the orders do not fit, or fit in several ways.

    `listings` are the orders for the ways to write the network, the most probable first. The first one is taken that
    also fits in the numbers of layers without weights. If there is none, all that fit must give the same matches. The
    last layers may differ, as a classifier's do: then only those before them are matched.
    """
    found: list[Mapping[str, str]] = []
    for pairs, has_all in _fits(graph, listings, checkpoint, groups, targets):
        if has_all:
            return pairs
        found.append(pairs)
    return found[0] if found and all(pairs == found[0] for pairs in found) else {}


def lists_all(
    graph: Graph,
    listings: Iterable[Sequence[ListedLayer]],
    checkpoint: Checkpoint,
    groups: Sequence[Group],
    targets: Sequence[Target],
) -> bool:
    """Whether the file has the layers of one of these orders, those without weights too, as far as it lists them."""
    return any(has_all for _, has_all in _fits(graph, listings, checkpoint, groups, targets))


def _fits(
    graph: Graph,
    listings: Iterable[Sequence[ListedLayer]],
    checkpoint: Checkpoint,
    groups: Sequence[Group],
    targets: Sequence[Target],
) -> Iterator[tuple[Mapping[str, str], bool]]:
    """The matches for each order that fits, and whether it has the numbers of layers without weights, too."""
    if checkpoint.order not in {"layers", "classes"} or abs(len(groups) - len(targets)) > _HEAD:
        return
    rows = file_rows(checkpoint, groups)
    theirs = {row: _row(layers) for row, layers in rows.items()}
    known_groups = {group.layer: group for group in groups}
    known_targets = {target.layer: target for target in targets}
    for listing in listings:
        ours = {row: _row(network_row(listing, row)) for row in theirs}
        pairs = _paired(graph, theirs, ours, known_groups, known_targets)
        if pairs:
            has_all = all(theirs[row].gaps == ours[row].gaps for row in theirs)
            yield pairs, has_all and _have_equal_rest(rows, listing)


def _have_equal_rest(rows: Rows, listing: Sequence[ListedLayer]) -> bool:
    """Whether there are as many layers without weights, apart from inputs, if the file has a row for each class."""
    theirs = [parts for row, layers in rows.items() if row != _INPUT for parts in layers]
    ours = [layer.owners for layer in listing if _plain(layer.kind) != _INPUT]
    return "" in rows or theirs.count(()) == ours.count(())


def _class_rows(checkpoint: Checkpoint) -> dict[str, str]:
    """The row of each layer in a file that orders the layers of each class: the class; empty if they are in no list.

    The class of a layer in a model inside begins with that of the model.
    """
    paths = {layer: kind.strip("/").split("/") for layer, kind in checkpoint.classes.items()}
    if len({name for path in paths.values() for name in path[::2]}) != 1:
        return {}
    return {layer: _plain("/".join(path[1::2])) for layer, path in paths.items()}


def _plain(kind: str) -> str:
    """A class's name without the signs in which Python's name and that of a group differ."""
    return kind.replace("_", "").lower()


def file_rows(checkpoint: Checkpoint, groups: Sequence[Group]) -> Rows:
    """The file's layers that have an order among themselves, by their class, or by "" for all; empty without an order.

    A layer is the names of its parts; one without tensors has none.
    """
    parts: dict[str, list[str]] = {}
    for group in groups:
        parts.setdefault(group.whole, []).append(group.layer)
    inside: dict[str, list[str]] = {}
    for layer in parts:
        if layer not in checkpoint.classes:
            inside.setdefault(layer.partition("/")[0], []).append(layer)
    # The layers of a model inside are listed in its place.
    ordered = [each for layer in checkpoint.classes for each in inside.pop(layer, [layer])]
    ordered += [layer for layers in inside.values() for layer in layers]
    classes = _class_rows(checkpoint) if checkpoint.order == "classes" else dict.fromkeys(ordered, "")
    rows: dict[str, list[tuple[str, ...]]] = {}
    for layer in ordered if checkpoint.order != "none" else ():
        if layer in classes:
            rows.setdefault(classes[layer], []).append(tuple(parts.get(layer, ())))
    return rows


def network_row(listing: Sequence[ListedLayer], row: str) -> list[tuple[str, ...]]:
    """The network's layers of a row, each as the parts that have weights."""
    if row:
        return [layer.owners for layer in listing if _plain(layer.kind) == row]
    kinds = {layer.kind for layer in listing}
    models = {kind.rpartition("/")[0] for kind in kinds}
    return [layer.owners for layer in listing if layer.kind not in models]


def _row(layers: Iterable[tuple[str, ...]]) -> _Row:
    weighted: list[tuple[str, ...]] = []
    gaps: list[int] = [0]
    for parts in layers:
        if parts:
            weighted.append(parts)
            gaps.append(0)
        else:
            gaps[-1] += 1
    return _Row(tuple(weighted), tuple(gaps[1:]))


def _paired(
    graph: Graph,
    theirs: Mapping[str, _Row],
    ours: Mapping[str, _Row],
    groups: Mapping[str, Group],
    targets: Mapping[str, Target],
) -> dict[str, str]:
    """The matches in these orders; empty if more than the last layers differ."""
    found: dict[str, str] = {}
    left: list[str] = []
    for row, their in theirs.items():
        own = [parts for parts in ours[row].weighted if all(part in targets for part in parts)]
        same = 0
        for mine, other in zip(own, their.weighted, strict=False):
            if len(mine) != len(other) or not all(
                pair(groups[that], targets[this]) for this, that in zip(mine, other, strict=True)
            ):
                break
            found |= dict(zip(mine, other, strict=True))
            same += 1
        left += [part for parts in their.weighted[same:] for part in parts]
    return found if _is_head(graph, found, [groups[part] for part in left], targets) else {}


def _is_head(graph: Graph, found: Mapping[str, str], left: Sequence[Group], targets: Mapping[str, Target]) -> bool:
    """Whether at most the last layers are left: the network's depend on all others, and the file's fit no other."""
    rest = [layer for layer in targets if layer not in found]
    if len(left) > _HEAD or any(pair(group, targets[layer]) for group in left for layer in found):
        return False
    if not rest:
        return True
    layers = [*found, *rest]
    before = befores(graph, layers)
    every = (1 << len(found)) - 1
    return len(rest) <= _HEAD and all(each & every == every for each in before[len(found) :])
