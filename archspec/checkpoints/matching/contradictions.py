"""Layers found by order that those found by name contradict.

A name may be there by chance: of a file's fc1, fc2, fc3 and a network's fc0, fc1, fc2 two have names in common, and
none of these pairs is right. The layer that is left shows it: it would run before layers that it is behind in the file.
Where the file's order does not say which of the two is behind the other, nothing would show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.matching.dataflow import befores
from archspec.checkpoints.matching.groups import groups_of
from archspec.ir import Graph, Shape


def contradicted(
    graph: Graph, checkpoint: Checkpoint, named: Mapping[str, str], ordered: Mapping[str, str]
) -> Iterator[str]:
    """Which of the network's layers in `ordered` are, in the file, on the other side of one of equal shapes in `named`.

    Both map layers of the network to layers of the file. Layers between which the file has no order count, too.
    """
    if not named or not ordered:
        return
    groups = groups_of(checkpoint, checkpoint.tensors)
    place = {group.layer: index for index, group in enumerate(groups)}
    shapes: dict[str, tuple[Shape, ...]] = {group.layer: tuple(sorted(group.shapes)) for group in groups}
    layers = [*named, *ordered]
    before = dict(zip(layers, befores(graph, layers), strict=True))
    bit = {layer: 1 << index for index, layer in enumerate(layers)}
    alike: dict[tuple[Shape, ...], list[tuple[str, str]]] = {}
    for mine, theirs in named.items():
        alike.setdefault(shapes[theirs], []).append((mine, theirs))
    for mine, theirs in ordered.items():
        row = _row(checkpoint, theirs)
        for other, others in alike.get(shapes[theirs], ()):
            behind = place[theirs] > place[others]
            crossed = (before[other] & bit[mine] and behind) or (before[mine] & bit[other] and not behind)
            if crossed or _row(checkpoint, others) != row:
                yield mine
                break


def _row(checkpoint: Checkpoint, layer: str) -> str:
    """What names the layers between which the file has an order, this one among them."""
    rows = {"none": layer, "classes": checkpoint.classes.get(layer, "")}
    return rows.get(checkpoint.order, "")
