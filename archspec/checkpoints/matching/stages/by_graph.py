"""Matches the layers of a network and of a file with the model's graph: the graphs are laid onto each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.checkpoints.flow import Flow, TooManyStepsError, flow_of_graph, flow_of_model
from archspec.checkpoints.matching.differences import differences
from archspec.checkpoints.matching.groups import pair
from archspec.checkpoints.matching.isomorphism import Correspondence, correspondence
from archspec.checkpoints.matching.skeleton import LEVELS, Level, Skeleton, skeleton_of
from archspec.checkpoints.matching.task import Found, Task


def by_graph(task: Task, found: Found) -> Found:
    """Match by the graphs, if the file has one that is not too large.

    The graphs are compared as they are first, and then with less and less of what may differ if the weights are to have
    the same places. The first comparison that pairs all layers is taken, or else the one that pairs most.
    """
    laid = _laid_over(task)
    if laid is None:
        return found
    by_layer = {group.layer: group for group in task.groups}
    pairs: dict[str, str] = {}
    for target in task.targets:
        if target.layer in laid.owners:
            pairs |= pair(by_layer[laid.owners[target.layer]], target) or {}
    return replace(
        found.having(_added(pairs, found, is_whole=laid.is_complete), "graph"),
        flows=tuple(graph.flow for graph in laid.graphs),
        differences=tuple(differences(laid)),
    )


def _added(pairs: Mapping[str, str], found: Found, *, is_whole: bool) -> dict[str, str]:
    """The matches for the weights and tensors that are not `found`.

    Graphs that correspond as a whole, with every layer that has weights, are proof, and equal names may be so by
    chance: then the graph overrules names.
    """
    fixed = found.by("map") if is_whole else found.tensors
    taken = {*fixed.values()}
    known = found.tensors
    return {
        name: tensor
        for name, tensor in pairs.items()
        if name not in fixed and tensor not in taken and known.get(name, "") != tensor
    }


def _laid_over(task: Task) -> Correspondence | None:
    """The correspondence of the network's graph and the file's; None if the file has none that can be compared."""
    graph, checkpoint = task.graph, task.checkpoint
    if checkpoint.model is None:
        return None
    shapes = {each.layer: [weight.native_shape for weight in each.weights] for each in task.targets}
    mine = flow_of_graph(graph, shapes)
    try:
        theirs = flow_of_model(
            checkpoint.model,
            checkpoint.model_names,
            {group.layer: group.shapes for group in task.groups},
            [each.axes for each in graph.inputs.values()],
        )
    except TooManyStepsError:
        return None
    best: Correspondence | None = None
    for found in _attempts((mine, theirs)):
        if best is None or len(found.owners) > len(best.owners):
            best = found
        if best.is_complete:
            break
    return best


def _attempts(flows: Sequence[Flow]) -> Iterator[Correspondence]:
    """The comparisons, the strictest first."""
    equal = len({len(flow.inputs) for flow in flows}) == 1 and len({len(flow.outputs) for flow in flows}) == 1
    several = any(len(flow.inputs) > 1 or len(flow.outputs) > 1 for flow in flows)
    for level in LEVELS:
        for is_marked in (True, False) if equal and several else (False,):
            graphs = [skeleton_of(flow, level, is_marked) for flow in flows]
            marks = [_marks(graph) if is_marked else {} for graph in graphs]
            for from_outputs in (False, True) if _is_loose(level) else (False,):
                may_choose = is_marked or not several
                yield correspondence(graphs, marks, from_outputs=from_outputs, may_choose=may_choose)


def _is_loose(level: Level) -> bool:
    return level.skips != "none"


def _marks(graph: Skeleton) -> dict[int, Hashable]:
    """The positions of outputs, by the nodes that they come from."""
    found: dict[int, tuple[int, ...]] = {}
    for place, (node, _) in enumerate(graph.outputs):
        found[node] = (*found.get(node, ()), place)
    return dict(found)
