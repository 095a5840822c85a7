"""Which tensor of a checkpoint is which weight of a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archspec.backend import ConvertingBackend, find_backend
from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.checkpoints.matching.alignment import align
from archspec.checkpoints.matching.contradictions import contradicted
from archspec.checkpoints.matching.groups import groups_of, holds, targets_of
from archspec.checkpoints.matching.naming import by_map, by_name
from archspec.errors import BackendMissingError
from archspec.ir import Graph, Shape
from archspec.weights import FLOATING, NativeLayout, NativeWeight, canonical_layout

How = Literal["map", "name", "order"]
"""By what a tensor was found: the caller's map, its name, or its place and shape among the layers."""


@dataclass(frozen=True, slots=True)
class Match:
    """A weight, and the tensor that it is, whose shape is this."""

    weight: NativeWeight
    tensor: str
    how: How
    shape: Shape

    @property
    def reshaped(self) -> bool:
        """Whether the tensor has axes of length 1 more or less than the weight."""
        return self.shape != self.weight.native_shape


@dataclass(frozen=True, slots=True)
class Matching:
    """What was found for a network in a checkpoint, and what is left on both sides.

    `unfit` are matches of which the shape or the type is another; `ambiguous` layers of the checkpoint that could be
    several of the network's. `unproved` are layers of the network, with the checkpoint's, that were told from others
    of the same shapes by the order of their definition alone, or with numbers in their names; `doubtful` those for
    which even these do not speak, and which were not taken therefore. `out_of_order` says that the checkpoint's layers
    are in no order in which the network could be executed.
    """

    checkpoint: Checkpoint
    network: str
    matches: tuple[Match, ...]
    unfit: tuple[Match, ...]
    missing: tuple[NativeWeight, ...]
    unused: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]
    unproved: Mapping[str, str]
    doubtful: Mapping[str, str]
    out_of_order: bool

    @property
    def complete(self) -> bool:
        """Whether every weight was found and every tensor used."""
        return not (self.unfit or self.missing or self.unused)


def layout_for(graph: Graph, framework: str) -> NativeLayout:
    """Where a framework, or the canonical form, has the weights; raises `BackendMissingError` where it does not say."""
    if framework == CANONICAL:
        return canonical_layout(graph)
    backend = find_backend(framework)
    if not isinstance(backend, ConvertingBackend):
        raise BackendMissingError(f"the backend {framework} does not say where it keeps weights")
    return backend.native_layout(graph)


def match(
    graph: Graph, checkpoint: Checkpoint, *, names: Mapping[str, str] | None = None, by_order: bool = False
) -> Matching:
    """Find each weight: where the map says, by its name, or by order and shapes.

    `names` maps names of weights, canonical or the framework's, or paths of layers to names in the checkpoint. With
    `by_order` the order of definition counts as the order of execution, also where nothing speaks for that. Raises
    `WeightsError` for a map that says what cannot be.
    """
    layout = layout_for(graph, checkpoint.framework)
    tensors = _relevant(checkpoint, layout)
    found = _told(layout, checkpoint, tensors, names or {})
    missing, unused = _left(layout, tensors, found)
    groups, targets = groups_of(checkpoint, unused), targets_of(missing)
    aligned = align(graph, groups, targets, checkpoint.order, checkpoint.classes)
    named = {name: tensor for name, (tensor, how) in found.items() if how == "name"}
    ordered = {**aligned.pairs, **aligned.counted}
    against = set(
        contradicted(graph, checkpoint, _layers(named, layout, checkpoint), _layers(ordered, layout, checkpoint))
    )
    doubtful = {**aligned.doubtful, **_of(against, ordered, layout)}
    weak = {**aligned.counted, **(doubtful if by_order else {})}
    sure = {name: tensor for name, tensor in {**aligned.pairs, **weak}.items() if by_order or name not in doubtful}
    found |= {name: (tensor, "order") for name, tensor in sure.items()}
    missing, unused = _left(layout, tensors, found)
    matches = _matches(layout, checkpoint, found)
    return Matching(
        checkpoint,
        graph.name,
        tuple(match for match in matches if _fits(match, checkpoint)),
        tuple(match for match in matches if not _fits(match, checkpoint)),
        tuple(missing),
        tuple(unused),
        aligned.ambiguous,
        _layers({name: tensor for name, tensor in weak.items() if name in sure}, layout, checkpoint),
        {} if by_order else _layers(doubtful, layout, checkpoint),
        aligned.out_of_order,
    )


_Found = dict[str, tuple[str, How]]
"""Canonical names to tensors' names, and by what each was found."""


def _told(layout: NativeLayout, checkpoint: Checkpoint, tensors: Sequence[str], names: Mapping[str, str]) -> _Found:
    """What the map says, and for the rest the names."""
    found: _Found = {}
    for name, tensor in by_map(layout.weights, checkpoint, tensors, names).items():
        found[name] = tensor, "map"
    mapped = {tensor for tensor, _ in found.values()}
    free = [weight for weight in layout.weights if weight.canonical not in found]
    for name, tensor in by_name(free, [tensor for tensor in tensors if tensor not in mapped]).items():
        found[name] = tensor, "name"
    return found


def _matches(layout: NativeLayout, checkpoint: Checkpoint, found: _Found) -> list[Match]:
    matches = []
    for weight in layout.weights:
        if weight.canonical in found:
            tensor, how = found[weight.canonical]
            matches.append(Match(weight, tensor, how, checkpoint.tensors[tensor].shape))
    return matches


def _relevant(checkpoint: Checkpoint, layout: NativeLayout) -> list[str]:
    """The tensors but for counters and the states of random layers, which are no weights and whole numbers."""
    counters = {name.rpartition(".")[2] for name in layout.counters} | {"num_batches_tracked"}

    def counts(name: str) -> bool:
        _, word = checkpoint.split(name)
        whole = "int" in checkpoint.tensors[name].dtype
        return whole and (word in counters or "seed_generator" in name)

    return [name for name in checkpoint.tensors if not counts(name)]


def _left(layout: NativeLayout, tensors: Sequence[str], found: _Found) -> tuple[list[NativeWeight], list[str]]:
    used = {tensor for tensor, _ in found.values()}
    missing = [weight for weight in layout.weights if weight.canonical not in found]
    return missing, [tensor for tensor in tensors if tensor not in used]


def _fits(match: Match, checkpoint: Checkpoint) -> bool:
    return holds(match.shape, match.weight.native_shape) and checkpoint.tensors[match.tensor].dtype in FLOATING


def _of(layers: Collection[str], pairs: Mapping[str, str], layout: NativeLayout) -> dict[str, str]:
    """The pairs of these layers' weights."""
    owners = {weight.canonical: weight.layer for weight in layout.weights}
    return {name: tensor for name, tensor in pairs.items() if owners[name] in layers}


def _layers(pairs: Mapping[str, str], layout: NativeLayout, checkpoint: Checkpoint) -> dict[str, str]:
    """The network's layers that own these weights, with the checkpoint's layers."""
    owners = {weight.canonical: weight.layer for weight in layout.weights}
    return {owners[name]: checkpoint.split(tensor)[0] for name, tensor in pairs.items()}
