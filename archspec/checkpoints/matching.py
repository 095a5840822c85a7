"""Which tensor of a checkpoint is which weight of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archspec.backend import ConvertingBackend, find_backend
from archspec.checkpoints.alignment import align
from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.checkpoints.groups import groups_of, targets_of
from archspec.checkpoints.listing import section
from archspec.checkpoints.naming import by_map, by_name
from archspec.errors import BackendMissingError
from archspec.ir import Graph, Shape
from archspec.weights import FLOATING, NativeLayout, NativeWeight, WeightsError, canonical_layout

How = Literal["map", "name", "order"]
"""By what a tensor was found: the caller's map, its name, or its place and shape among the layers."""


@dataclass(frozen=True, slots=True)
class Match:
    """A weight, and the tensor that it is."""

    weight: NativeWeight
    tensor: str
    how: How


@dataclass(frozen=True, slots=True)
class Matching:
    """What was found for a network in a checkpoint, and what is left on both sides.

    `unfit` are matches of which the shape or the type is another; `ambiguous` layers of the checkpoint that could be
    several of the network's.
    """

    checkpoint: Checkpoint
    network: str
    matches: tuple[Match, ...]
    unfit: tuple[Match, ...]
    missing: tuple[NativeWeight, ...]
    unused: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]

    @property
    def complete(self) -> bool:
        """Whether every weight was found and every tensor used."""
        return not (self.unfit or self.missing or self.unused)

    def require(self) -> None:
        """Raise `WeightsError` with all that is left unless the matching is complete."""
        if not self.complete:
            raise WeightsError(f"{self.checkpoint.path} does not fit {self.network}\n{self.problems()}")

    def problems(self) -> str:
        """What is left on both sides, a line each."""
        return "\n".join(self._problems())

    def _problems(self) -> Iterator[str]:
        found = self.checkpoint.tensors
        unfit = [
            f"{match.weight.canonical} is {_text(match.weight.native_shape, 'floating-point')}, "
            f"and {match.tensor} is {_text(found[match.tensor].shape, found[match.tensor].dtype)}"
            for match in self.unfit
        ]
        yield from section("of another shape or type:", unfit)
        yield from section(
            "layers that could be several of the network's:",
            [f"{layer} is one of {', '.join(layers)}" for layer, layers in self.ambiguous.items()],
        )
        yield from section(
            "weights of the network that were not found:",
            [f"{weight.canonical} {_text(weight.native_shape)}" for weight in self.missing],
        )
        yield from section(
            "tensors that are left over:",
            [f"{name} {_text(found[name].shape, found[name].dtype)}" for name in self.unused],
        )
        if self.missing and self.unused:
            yield "a map says which is which (--map FILE, with lines like `conv1: features.0`)"
        if self.matches:
            yield "only what matches can be taken, too (--only-matching)"


def layout_for(graph: Graph, framework: str) -> NativeLayout:
    """Where a framework, or the canonical form, has the weights; raises `BackendMissingError` where it does not say."""
    if framework == CANONICAL:
        return canonical_layout(graph)
    backend = find_backend(framework)
    if not isinstance(backend, ConvertingBackend):
        raise BackendMissingError(f"the backend {framework} does not say where it keeps weights")
    return backend.native_layout(graph)


def match(
    graph: Graph, checkpoint: Checkpoint, *, names: Mapping[str, str] | None = None, only_matching: bool = False
) -> Matching:
    """Find each weight: where the map says, by its name, and unless only these are wanted by order and shapes.

    `names` maps names of weights, canonical or the framework's, or paths of layers to names in the checkpoint. Raises
    `WeightsError` for a map that says what cannot be.
    """
    layout = layout_for(graph, checkpoint.framework)
    tensors = _relevant(checkpoint, layout)
    found: dict[str, tuple[str, How]] = {}
    for name, tensor in by_map(layout.weights, checkpoint, tensors, names or {}).items():
        found[name] = tensor, "map"
    mapped = {tensor for tensor, _ in found.values()}
    free = [weight for weight in layout.weights if weight.canonical not in found]
    for name, tensor in by_name(free, [tensor for tensor in tensors if tensor not in mapped]).items():
        found[name] = tensor, "name"
    ambiguous: Mapping[str, tuple[str, ...]] = {}
    missing, unused = _left(layout, tensors, found)
    if missing and unused and not only_matching:
        groups, targets = groups_of(checkpoint, unused), targets_of(missing)
        alignment = align(graph, groups, targets, checkpoint.order, checkpoint.classes)
        ambiguous = alignment.ambiguous
        found.update({name: (tensor, "order") for name, tensor in alignment.pairs.items()})
        missing, unused = _left(layout, tensors, found)
    matches = [Match(weight, *found[weight.canonical]) for weight in layout.weights if weight.canonical in found]
    fit = {match.tensor for match in matches if _fits(match, checkpoint)}
    return Matching(
        checkpoint,
        graph.name,
        tuple(match for match in matches if match.tensor in fit),
        tuple(match for match in matches if match.tensor not in fit),
        tuple(missing),
        tuple(unused),
        ambiguous,
    )


def _relevant(checkpoint: Checkpoint, layout: NativeLayout) -> list[str]:
    """The tensors but for counters and the states of random layers, which are no weights and whole numbers."""
    counters = {name.rpartition(".")[2] for name in layout.counters} | {"num_batches_tracked"}

    def counts(name: str) -> bool:
        _, word = checkpoint.split(name)
        whole = "int" in checkpoint.tensors[name].dtype
        return whole and (word in counters or "seed_generator" in name)

    return [name for name in checkpoint.tensors if not counts(name)]


def _left(
    layout: NativeLayout, tensors: Sequence[str], found: Mapping[str, tuple[str, How]]
) -> tuple[list[NativeWeight], list[str]]:
    used = {tensor for tensor, _ in found.values()}
    missing = [weight for weight in layout.weights if weight.canonical not in found]
    return missing, [tensor for tensor in tensors if tensor not in used]


def _fits(match: Match, checkpoint: Checkpoint) -> bool:
    stored = checkpoint.tensors[match.tensor]
    return stored.shape == match.weight.native_shape and stored.dtype in FLOATING


def _text(shape: Shape, dtype: str = "") -> str:
    return f"{' x '.join(map(str, shape)) or 'scalar'} {dtype}".strip()
