"""Matches the tensors of a checkpoint with the weights of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.matching.differences import AFTER, NO_STEPS, Difference
from archspec.checkpoints.matching.equality import first_difference
from archspec.checkpoints.matching.groups import holds, merges
from archspec.checkpoints.matching.listed import lists_all
from archspec.checkpoints.matching.parting import Parting, parting
from archspec.checkpoints.matching.stages import STAGES
from archspec.checkpoints.matching.task import Found, How, Task, task_for
from archspec.ir import Graph, Shape, ThirdParty
from archspec.weights import FLOATING, NativeWeight


@dataclass(frozen=True, slots=True)
class Match:
    """A weight and its tensor, with the tensor's shape."""

    weight: NativeWeight
    tensor: str
    how: How
    shape: Shape

    @property
    def reshaped(self) -> bool:
        """Whether the tensor has other axes than the weight, for the same elements in the same order."""
        return self.shape != self.weight.native_shape


@dataclass(frozen=True, slots=True)
class Matching:
    """The matches of a network's weights in a checkpoint, and the unmatched weights and tensors.

    `unfit` are matches with a wrong shape or type. `ambiguous` are layers of the checkpoint with several possible
    matches. `unproved` are layers of the network, with the checkpoint's, that only the order of definition or rising
    numbers in their names tell from others of the same shapes. Even these do not support `doubtful` layers, which are
    not matched. `listed` are layers of the network, with the checkpoint's, that only the order in which the framework
    lists the layers of this network tells from others of the same shapes. `out_of_order` says that the checkpoint's
    order is no order of execution. `differences` are those of the network's function and that of the file's model.
    `parting` is the first place where an incomplete matching fails, if there is one. `third_party` is the one whose
    names the tensors have. `idle` are unmatched tensors on which no output of the file's model depends.
    """

    checkpoint: Checkpoint
    graph: Graph
    matches: tuple[Match, ...]
    unfit: tuple[Match, ...]
    missing: tuple[NativeWeight, ...]
    unused: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]
    unproved: Mapping[str, str]
    doubtful: Mapping[str, str]
    listed: Mapping[str, str]
    out_of_order: bool
    differences: tuple[Difference, ...] = ()
    parting: Parting | None = None
    third_party: ThirdParty | None = None
    idle: tuple[str, ...] = ()

    @property
    def network(self) -> str:
        """The network's name."""
        return self.graph.name

    @property
    def complete(self) -> bool:
        """Whether every weight and every tensor is matched, but for idle ones."""
        return not (self.unfit or self.missing or self.unused)

    @property
    def is_same_function(self) -> bool:
        """Whether the file has a graph, which computes the network's function but for an activation of the outputs."""
        return self.checkpoint.model is not None and all(each.what == AFTER for each in self.differences)


def match(
    graph: Graph, checkpoint: Checkpoint, *, names: Mapping[str, str] | None = None, by_order: bool = False
) -> Matching:
    """Match each weight by the map, by its name, by the file's graph, or by order and shapes; see `STAGES`.

    `names` maps names of weights, canonical or the framework's, or paths of layers to names in the checkpoint. With
    `by_order` the order of definition counts as an order of execution, also without support by names. Raises
    `WeightsError` for an impossible map.
    """
    task = task_for(graph, checkpoint, names, trusts_order=by_order)
    found = Found()
    for stage in STAGES:
        found = stage(task, found)
    return _matching(task, found)


def has_all_layers(graph: Graph, checkpoint: Checkpoint) -> bool:
    """Whether the file lists the network's layers, with those that have no weights, in the framework's own order."""
    task = task_for(graph, checkpoint)
    return lists_all(graph, task.listings(), checkpoint, task.groups, task.targets)


def _matching(task: Task, found: Found) -> Matching:
    matches = _matches(task, found)
    missing, idle = found.missing(task), found.idle(task)
    unused = [tensor for tensor in found.unused(task) if tensor not in idle]
    ordered = found.ordered
    return Matching(
        task.checkpoint,
        task.graph,
        tuple(match for match in matches if _fits(match, task.checkpoint)),
        tuple(match for match in matches if not _fits(match, task.checkpoint)),
        tuple(missing),
        tuple(unused),
        ordered.ambiguous,
        task.layers(ordered.unproved),
        task.layers(ordered.doubtful),
        task.layers(ordered.listed),
        ordered.out_of_order,
        found.differences + (() if missing else _difference(task, found, matches, in_part=bool(unused))),
        _parting(task, found) if missing or unused else None,
        found.third_party,
        tuple(idle),
    )


def _matches(task: Task, found: Found) -> list[Match]:
    matches = []
    for weight in task.layout.weights:
        if weight.canonical in found.matches:
            tensor, how = found.matches[weight.canonical]
            matches.append(Match(weight, tensor, how, task.checkpoint.tensors[tensor].shape))
    return matches


def _fits(match: Match, checkpoint: Checkpoint) -> bool:
    shapes = match.shape, match.weight.native_shape
    fits = holds(*shapes) or (match.how in ("map", "third party") and merges(*shapes))
    return fits and checkpoint.tensors[match.tensor].dtype in FLOATING


def _difference(task: Task, found: Found, matches: Sequence[Match], *, in_part: bool) -> tuple[Difference, ...]:
    """The first difference between the functions with these matches, if the file has a graph and there is one.

    None if others are known, but for activations of the file's outputs: most classifiers of Keras end in a softmax.
    """
    if not found.flows or not all(each.what == AFTER and each.value == NO_STEPS for each in found.differences):
        return ()
    mine, theirs = found.flows
    owners = {each.weight.layer: task.checkpoint.split(each.tensor)[0] for each in matches}
    first = first_difference(mine, theirs, owners, in_part=in_part or bool(found.differences))
    return () if first is None else (first,)


def _parting(task: Task, found: Found) -> Parting | None:
    matched = task.layers(found.tensors)
    return parting(task.graph, task.checkpoint, task.groups, task.targets, matched, task.listings())
