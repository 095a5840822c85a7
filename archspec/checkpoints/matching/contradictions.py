"""Finds matches by order that contradict matches by name.

Names can be equal by chance: a file's fc1, fc2, fc3 and a network's fc0, fc1, fc2 have two names in common, and both
pairs are wrong. The remaining layer shows it: in the network it runs before layers that it follows in the file. If the
file has no order between two layers, nothing would show it, so this counts as a contradiction too. The names
of a third party are not equal by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.matching.dataflow import befores
from archspec.checkpoints.matching.groups import Group, groups_of
from archspec.ir import Graph, Shape


def contradicted(
    graph: Graph,
    checkpoint: Checkpoint,
    named: Mapping[str, str],
    ordered: Mapping[str, str],
    *,
    by_chance: bool,
) -> Iterator[str]:
    """The layers in `ordered` that are in the file on the other side of a layer of equal shapes in `named`.

    Both map layers of the network to layers of the file. Layers without an order between them count too if names can
    be equal `by_chance`.
    """
    if not named or not ordered:
        return
    groups = groups_of(checkpoint, checkpoint.tensors)
    rows = {group.layer: _row(checkpoint, group) for group in groups}
    place = {group.layer: index for index, group in enumerate(groups)}
    shapes: dict[str, tuple[Shape, ...]] = {group.layer: tuple(sorted(group.shapes)) for group in groups}
    layers = [*named, *ordered]
    before = dict(zip(layers, befores(graph, layers), strict=True))
    bit = {layer: 1 << index for index, layer in enumerate(layers)}
    alike: dict[tuple[Shape, ...], list[tuple[str, str]]] = {}
    for mine, theirs in named.items():
        alike.setdefault(shapes[theirs], []).append((mine, theirs))
    for mine, theirs in ordered.items():
        for other, others in alike.get(shapes[theirs], ()):
            behind = place[theirs] > place[others]
            crossed = (before[other] & bit[mine] and behind) or (before[mine] & bit[other] and not behind)
            if crossed if rows[others] == rows[theirs] else by_chance:
                yield mine
                break


def _row(checkpoint: Checkpoint, group: Group) -> str:
    """A name for the set of ordered layers that this layer belongs to."""
    rows = {"none": group.layer, "classes": group.row(checkpoint.classes)}
    return rows.get(checkpoint.order, "")
