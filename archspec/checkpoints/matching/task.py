"""The task of matching, and the matches found so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from archspec.backend import ConvertingBackend, ListingBackend, find_backend
from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.checkpoints.flow import Flow
from archspec.checkpoints.matching.differences import Difference
from archspec.checkpoints.matching.groups import Group, Target, groups_of, targets_of
from archspec.errors import BackendMissingError
from archspec.ir import Graph, ThirdParty
from archspec.weights import ListedLayer, NativeLayout, NativeWeight, canonical_layout

How = Literal["map", "name", "third party", "graph", "order"]
"""The evidence of a match: the caller's map, the tensor's name, a third party's, the file's graph, or the order and
shapes of layers."""


def layout_for(graph: Graph, framework: str) -> NativeLayout:
    """The layout of a framework, or the canonical one; raises `BackendMissingError` for a backend without a layout."""
    if framework == CANONICAL:
        return canonical_layout(graph)
    backend = find_backend(framework)
    if not isinstance(backend, ConvertingBackend):
        raise BackendMissingError(f"the backend {framework} does not say where it keeps weights")
    return backend.native_layout(graph)


@dataclass(frozen=True, slots=True)
class Task:
    """A network and a file: the weights in the file's `layout`, and the `tensors`, by name, that could be weights.

    `names` is the caller's map. `trusts_order` says that the order of definition counts as an order of execution.
    """

    graph: Graph
    checkpoint: Checkpoint
    layout: NativeLayout
    tensors: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    trusts_order: bool = False

    @property
    def groups(self) -> list[Group]:
        """The file's layers."""
        return groups_of(self.checkpoint, self.tensors)

    @property
    def targets(self) -> list[Target]:
        """The network's layers with weights."""
        return targets_of(self.layout.weights)

    def listings(self) -> Iterable[Sequence[ListedLayer]]:
        """The orders in which the framework lists the network's layers; empty for a framework without one."""
        backend = None if self.checkpoint.framework == CANONICAL else find_backend(self.checkpoint.framework)
        return backend.listings(self.graph) if isinstance(backend, ListingBackend) else ()

    def layers(self, pairs: Mapping[str, str]) -> dict[str, str]:
        """The network's layers that own these weights, with the file's layers."""
        owners = self._owners()
        return {owners[name]: self.checkpoint.split(tensor)[0] for name, tensor in pairs.items()}

    def weights_of(self, layers: Collection[str], pairs: Mapping[str, str]) -> dict[str, str]:
        """The pairs of these layers' weights."""
        owners = self._owners()
        return {name: tensor for name, tensor in pairs.items() if owners[name] in layers}

    def _owners(self) -> dict[str, str]:
        return {weight.canonical: weight.layer for weight in self.layout.weights}


def task_for(
    graph: Graph, checkpoint: Checkpoint, names: Mapping[str, str] | None = None, *, trusts_order: bool = False
) -> Task:
    """The task without counters and states of random layers: these are whole numbers and no weights."""
    layout = layout_for(graph, checkpoint.framework)
    counters = {name.rpartition(".")[2] for name in layout.counters} | {"num_batches_tracked"}

    def counts(name: str) -> bool:
        _, word = checkpoint.split(name)
        tensor = checkpoint.tensors[name]
        # Keras's Normalization counts what it has seen.
        return "int" in tensor.dtype and (tensor.shape == () or word in counters or "seed_generator" in name)

    tensors = tuple(name for name in checkpoint.tensors if not counts(name))
    return Task(graph, checkpoint, layout, tensors, names or {}, trusts_order)


@dataclass(frozen=True, slots=True)
class Ordered:
    """Facts about matches by order, by canonical names of weights; see `Matching` for `ambiguous` and `out_of_order`.

    `unproved` and `listed` are matches, and `doubtful` are pairs that are not matched.
    """

    unproved: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    out_of_order: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The matches so far: the tensor's name and the evidence, by canonical names of weights.

    `third_party` is the one whose names the tensors have. `flows` are those of the network and the file, if the file
    has a graph, and `differences` are those of their functions.
    """

    matches: Mapping[str, tuple[str, How]] = field(default_factory=dict)
    third_party: ThirdParty | None = None
    flows: tuple[Flow, ...] = ()
    differences: tuple[Difference, ...] = ()
    ordered: Ordered = Ordered()

    def by(self, *hows: How) -> dict[str, str]:
        """The names of tensors, by canonical names, that were found by evidence of these kinds."""
        return {name: tensor for name, (tensor, how) in self.matches.items() if how in hows}

    def having(self, pairs: Mapping[str, str], how: How) -> Found:
        """These matches and `pairs`, which replace others of the same weights."""
        return replace(self, matches={**self.matches, **{name: (tensor, how) for name, tensor in pairs.items()}})

    def without(self, how: How) -> Found:
        """These matches but for those by evidence of this kind."""
        return replace(self, matches={name: match for name, match in self.matches.items() if match[1] != how})

    @property
    def tensors(self) -> dict[str, str]:
        """The names of all matched tensors by canonical names."""
        return {name: tensor for name, (tensor, _) in self.matches.items()}

    def missing(self, task: Task) -> list[NativeWeight]:
        """The weights that are not matched."""
        return [weight for weight in task.layout.weights if weight.canonical not in self.matches]

    def unused(self, task: Task) -> list[str]:
        """The tensors that are not matched."""
        used = {*self.tensors.values()}
        return [tensor for tensor in task.tensors if tensor not in used]

    def idle(self, task: Task) -> list[str]:
        """The unmatched tensors on which no output of the file's model depends."""
        layers = self.flows[1].idle if self.flows else frozenset()
        return [tensor for tensor in self.unused(task) if task.checkpoint.split(tensor)[0] in layers]
