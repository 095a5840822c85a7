"""Matches the layers of a network and of a file with the model's graph: the graphs are laid onto each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.flow import Flow, TooManyStepsError, flow_of_graph, flow_of_model
from archspec.checkpoints.matching.differences import Difference, differences
from archspec.checkpoints.matching.groups import Group, Target, pair
from archspec.checkpoints.matching.isomorphism import Correspondence, correspondence
from archspec.checkpoints.matching.skeleton import LEVELS, Level, Skeleton, skeleton_of
from archspec.ir import Graph


@dataclass(frozen=True, slots=True)
class GraphMatch:
    """The names of tensors by canonical names, where the functions differ, and the flows of the network and the file.

    `is_whole` says that the graphs correspond completely: every layer with weights is paired.
    """

    pairs: Mapping[str, str]
    differences: tuple[Difference, ...]
    is_whole: bool
    flows: tuple[Flow, ...] = ()


NOTHING = GraphMatch({}, (), False)


def by_graph(graph: Graph, checkpoint: Checkpoint, groups: Sequence[Group], targets: Sequence[Target]) -> GraphMatch:
    """The tensors by the graphs; `NOTHING` if the file has no graph, or one that is too large.

    The graphs are compared as they are first, and then with less and less of what may differ if the weights are to have
    the same places. The first comparison that pairs all layers is taken, or else the one that pairs most.
    """
    found = _laid_over(graph, checkpoint, groups, targets)
    if found is None:
        return NOTHING
    by_layer = {group.layer: group for group in groups}
    pairs: dict[str, str] = {}
    for target in targets:
        if target.layer in found.owners:
            pairs |= pair(by_layer[found.owners[target.layer]], target) or {}
    return GraphMatch(pairs, tuple(differences(found)), found.is_complete, tuple(graph.flow for graph in found.graphs))


def _laid_over(
    graph: Graph, checkpoint: Checkpoint, groups: Sequence[Group], targets: Sequence[Target]
) -> Correspondence | None:
    """The correspondence of the network's graph and the file's; None if the file has none that can be compared."""
    if checkpoint.model is None:
        return None
    mine = flow_of_graph(graph, {each.layer: [weight.native_shape for weight in each.weights] for each in targets})
    try:
        theirs = flow_of_model(
            checkpoint.model,
            checkpoint.model_names,
            {group.layer: group.shapes for group in groups},
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
