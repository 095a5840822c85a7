"""Matches the tensors of a checkpoint with the weights of a network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archspec.backend import ConvertingBackend, ListingBackend, find_backend
from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint
from archspec.checkpoints.matching.alignment import Alignment, align
from archspec.checkpoints.matching.by_graph import GraphMatch, by_graph
from archspec.checkpoints.matching.contradictions import contradicted
from archspec.checkpoints.matching.differences import AFTER, NO_STEPS, Difference
from archspec.checkpoints.matching.equality import first_difference
from archspec.checkpoints.matching.groups import groups_of, holds, merges, pair, targets_of
from archspec.checkpoints.matching.listed import by_listing, lists_all
from archspec.checkpoints.matching.naming import by_map, by_name
from archspec.checkpoints.matching.parting import Parting, parting
from archspec.checkpoints.matching.third_parties import by_third_party
from archspec.errors import BackendMissingError
from archspec.ir import Graph, Shape, ThirdParty
from archspec.weights import FLOATING, ListedLayer, NativeLayout, NativeWeight, canonical_layout

How = Literal["map", "name", "third party", "graph", "order"]
"""The evidence of a match: the caller's map, the tensor's name, a third party's, the file's graph, or the order and
shapes of layers."""


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
    names the tensors have.
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
    listed: Mapping[str, str]
    out_of_order: bool
    differences: tuple[Difference, ...] = ()
    parting: Parting | None = None
    third_party: ThirdParty | None = None

    @property
    def complete(self) -> bool:
        """Whether every weight and every tensor is matched."""
        return not (self.unfit or self.missing or self.unused)

    @property
    def is_same_function(self) -> bool:
        """Whether the file has a graph, which computes the network's function but for an activation of the outputs."""
        return self.checkpoint.model is not None and all(each.what == AFTER for each in self.differences)


def layout_for(graph: Graph, framework: str) -> NativeLayout:
    """The layout of a framework, or the canonical one; raises `BackendMissingError` for a backend without a layout."""
    if framework == CANONICAL:
        return canonical_layout(graph)
    backend = find_backend(framework)
    if not isinstance(backend, ConvertingBackend):
        raise BackendMissingError(f"the backend {framework} does not say where it keeps weights")
    return backend.native_layout(graph)


def match(
    graph: Graph, checkpoint: Checkpoint, *, names: Mapping[str, str] | None = None, by_order: bool = False
) -> Matching:
    """Match each weight by the map, by its name, by the file's graph, or by order and shapes.

    `names` maps names of weights, canonical or the framework's, or paths of layers to names in the checkpoint. With
    `by_order` the order of definition counts as an order of execution, also without support by names. Raises
    `WeightsError` for an impossible map.
    """
    layout = layout_for(graph, checkpoint.framework)
    tensors = _relevant(checkpoint, layout)
    found, party = _told(graph, layout, checkpoint, tensors, names or {})
    in_graph = by_graph(graph, checkpoint, groups_of(checkpoint, tensors), targets_of(layout.weights))
    found |= _graphed(in_graph, found)
    missing, unused = _left(layout, tensors, found)
    groups, targets = groups_of(checkpoint, unused), targets_of(missing)
    aligned = align(graph, groups, targets, checkpoint.order, checkpoint.classes)
    listed: Mapping[str, str] = {}
    if aligned.ambiguous or aligned.out_of_order:
        pairs = _listed(graph, layout, checkpoint, tensors, found)
        if pairs and pairs.items() >= aligned.pairs.items():
            listed = {name: tensor for name, tensor in pairs.items() if name not in aligned.pairs}
            aligned = Alignment(pairs)
    named = {name: tensor for name, (tensor, how) in found.items() if how in ("name", "third party")}
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
        _layers({name: tensor for name, tensor in listed.items() if name in sure}, layout, checkpoint),
        aligned.out_of_order,
        in_graph.differences + tuple(() if missing else _difference(in_graph, checkpoint, matches, bool(unused))),
        _parting(graph, layout, checkpoint, tensors, found) if missing or unused else None,
        party,
    )


_Found = dict[str, tuple[str, How]]
"""The tensor's name and the evidence of each match, by canonical names."""


def _told(
    graph: Graph, layout: NativeLayout, checkpoint: Checkpoint, tensors: Sequence[str], names: Mapping[str, str]
) -> tuple[_Found, ThirdParty | None]:
    """The matches by the map, and by name for the other weights; and the third party whose names these are."""
    found: _Found = {}
    for name, tensor in by_map(layout.weights, checkpoint, tensors, names).items():
        found[name] = tensor, "map"
    mapped = {tensor for tensor, _ in found.values()}
    free = [weight for weight in layout.weights if weight.canonical not in found]
    left = [tensor for tensor in tensors if tensor not in mapped]
    own = by_name(free, checkpoint, left)
    theirs = by_third_party(graph, checkpoint, free, left, own)
    how: How = "third party" if theirs.pairs else "name"
    found |= {name: (tensor, how) for name, tensor in (theirs.pairs or own).items()}
    return found, theirs.party


def _graphed(match: GraphMatch, found: _Found) -> _Found:
    """The matches by the graph, for the weights and tensors that are not `found`.

    Graphs that correspond as a whole are proof, and equal names may be so by chance: then the graph overrules names.
    """
    fixed = {name for name, (_, how) in found.items() if how == "map" or not match.is_whole}
    taken = {found[name][0] for name in fixed}
    return {
        name: (tensor, "graph")
        for name, tensor in match.pairs.items()
        if name not in fixed and tensor not in taken and found.get(name, ("", "name"))[0] != tensor
    }


def has_all_layers(graph: Graph, checkpoint: Checkpoint) -> bool:
    """Whether the file lists the network's layers, with those that have no weights, in the framework's own order."""
    layout = layout_for(graph, checkpoint.framework)
    groups, targets = groups_of(checkpoint, _relevant(checkpoint, layout)), targets_of(layout.weights)
    return lists_all(graph, _listings(graph, checkpoint.framework), checkpoint, groups, targets)


def _difference(
    in_graph: GraphMatch, checkpoint: Checkpoint, matches: Iterable[Match], in_part: bool
) -> Iterator[Difference]:
    """The first difference between the functions with these matches, if the file has a graph and there is one.

    None if others are known, but for activations of the file's outputs: most classifiers of Keras end in a softmax.
    """
    if in_graph.flows and all(each.what == AFTER and each.value == NO_STEPS for each in in_graph.differences):
        mine, theirs = in_graph.flows
        owners = {each.weight.layer: checkpoint.split(each.tensor)[0] for each in matches}
        found = first_difference(mine, theirs, owners, in_part=in_part or bool(in_graph.differences))
        yield from () if found is None else (found,)


def _listings(graph: Graph, framework: str) -> Iterable[Sequence[ListedLayer]]:
    """The orders in which the framework lists the network's layers; empty for a framework without one."""
    backend = None if framework == CANONICAL else find_backend(framework)
    return backend.listings(graph) if isinstance(backend, ListingBackend) else ()


def _parting(
    graph: Graph, layout: NativeLayout, checkpoint: Checkpoint, tensors: Sequence[str], found: _Found
) -> Parting | None:
    groups, targets = groups_of(checkpoint, tensors), targets_of(layout.weights)
    matched = _layers({name: tensor for name, (tensor, _) in found.items()}, layout, checkpoint)
    return parting(graph, checkpoint, groups, targets, matched, _listings(graph, checkpoint.framework))


def _listed(
    graph: Graph, layout: NativeLayout, checkpoint: Checkpoint, tensors: Sequence[str], found: _Found
) -> Mapping[str, str]:
    """The tensors by the order in which the framework lists layers; empty if that contradicts what is found."""
    groups, targets = groups_of(checkpoint, tensors), targets_of(layout.weights)
    layers = by_listing(graph, _listings(graph, checkpoint.framework), checkpoint, groups, targets)
    by_layer = {group.layer: group for group in groups}
    pairs: dict[str, str] = {}
    for target in targets:
        pairs |= (pair(by_layer[layers[target.layer]], target) or {}) if target.layer in layers else {}
    if any(pairs.get(name, tensor) != tensor for name, (tensor, _) in found.items()):
        return {}
    return {name: tensor for name, tensor in pairs.items() if name not in found}


def _matches(layout: NativeLayout, checkpoint: Checkpoint, found: _Found) -> list[Match]:
    matches = []
    for weight in layout.weights:
        if weight.canonical in found:
            tensor, how = found[weight.canonical]
            matches.append(Match(weight, tensor, how, checkpoint.tensors[tensor].shape))
    return matches


def _relevant(checkpoint: Checkpoint, layout: NativeLayout) -> list[str]:
    """The tensors without counters and states of random layers: these are whole numbers and no weights."""
    counters = {name.rpartition(".")[2] for name in layout.counters} | {"num_batches_tracked"}

    def counts(name: str) -> bool:
        _, word = checkpoint.split(name)
        tensor = checkpoint.tensors[name]
        # Keras's Normalization counts what it has seen.
        return "int" in tensor.dtype and (tensor.shape == () or word in counters or "seed_generator" in name)

    return [name for name in checkpoint.tensors if not counts(name)]


def _left(layout: NativeLayout, tensors: Sequence[str], found: _Found) -> tuple[list[NativeWeight], list[str]]:
    used = {tensor for tensor, _ in found.values()}
    missing = [weight for weight in layout.weights if weight.canonical not in found]
    return missing, [tensor for tensor in tensors if tensor not in used]


def _fits(match: Match, checkpoint: Checkpoint) -> bool:
    shapes = match.shape, match.weight.native_shape
    fits = holds(*shapes) or (match.how in ("map", "third party") and merges(*shapes))
    return fits and checkpoint.tensors[match.tensor].dtype in FLOATING


def _of(layers: Collection[str], pairs: Mapping[str, str], layout: NativeLayout) -> dict[str, str]:
    """The pairs of these layers' weights."""
    owners = {weight.canonical: weight.layer for weight in layout.weights}
    return {name: tensor for name, tensor in pairs.items() if owners[name] in layers}


def _layers(pairs: Mapping[str, str], layout: NativeLayout, checkpoint: Checkpoint) -> dict[str, str]:
    """The network's layers that own these weights, with the checkpoint's layers."""
    owners = {weight.canonical: weight.layer for weight in layout.weights}
    return {owners[name]: checkpoint.split(tensor)[0] for name, tensor in pairs.items()}
