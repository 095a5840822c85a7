"""Finds the networks of the zoo whose weights a file has."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from archspec.arguments import PATH, TEXT, TRUTH, takes
from archspec.catalogue import Summary, summaries
from archspec.checkpoints import Checkpoint, CheckpointError, has_all_layers, layout_for, match, open_checkpoint
from archspec.checkpoints.listing import section
from archspec.ir import Shape
from archspec.network import Network
from archspec.reading import load
from archspec.weights import FLOATING

CLASSES = "classes"
"""The zoo's param for the number of classes."""

_HEAD = 6
"""The largest number of tensors by which a file without a classifier, or with another one, may differ."""


@takes(path=PATH, key=TEXT, only_matching=TRUTH)
def find_networks(
    path: str | os.PathLike[str], *, key: str | None = None, only_matching: bool = False
) -> list[Network]:
    """The networks of the zoo with the shapes of a file's weights, and as many classes as the file's classifier.

    Of several, those are returned that match all tensors; of these, those with the function of the file's model, if it
    has a graph; those with the names of all tensors; and those with the layers without weights that a file of Keras
    lists; each if there are any. In a file of weights alone, networks that differ only in strides or an epsilon cannot
    be told apart. With `only_matching` a network may have a classifier that the file lacks. `key` is the place of the
    weights in the file. Raises `WeightsError` as `read_checkpoint` does for the file itself.
    """
    checkpoint = open_checkpoint(path, key)
    found = list(_by_count(checkpoint)) or _with_other_classes(checkpoint)
    if not found and only_matching:
        found = [near.network for near in nearest(checkpoint) if near.is_backbone]
    matched = [(network, match(network.graph, checkpoint)) for network in found] if len(found) > 1 else []
    complete = [(network, matching) for network, matching in matched if not matching.unused]
    complete = [pair for pair in complete if pair[1].is_same_function] or complete
    named = [network for network, matching in complete if all(each.how == "name" for each in matching.matches)]
    fitting = named or [network for network, _ in complete] or found
    alike = [network for network in fitting if has_all_layers(network.graph, checkpoint)] if len(fitting) > 1 else []
    return alike or fitting


def find_network(path: str | os.PathLike[str], *, key: str | None = None, only_matching: bool = False) -> Network:
    """The only network of `find_networks`; raises `CheckpointError`, with what to do, if there is none or several."""
    found = find_networks(path, key=key, only_matching=only_matching)
    if len(found) == 1:
        return found[0]
    if found:
        raise CheckpointError(
            "\n".join(section(f"{os.fspath(path)} fits several networks, which no weights tell apart:", _named(found))),
            "name one of them in place of auto",
        )
    near = nearest(open_checkpoint(path, key))
    lines = [f"{each.network.name}: {each.said}" for each in near]
    advice = ("name one of them in place of auto, and take only what matches ({only_matching})",) if near else ()
    title = f"{os.fspath(path)} has the weights of no network of the zoo"
    raise CheckpointError("\n".join([title, *section("closest, with the tensors that differ:", lines)]), *advice)


def _named(networks: list[Network]) -> list[str]:
    """The networks' names, with whose weights they are."""
    return [
        network.name if network.preprocessing is None else f"{network.name} ({network.preprocessing.weights})"
        for network in networks
    ]


@dataclass(frozen=True, slots=True)
class Near:
    """A network whose shapes are the file's but for a few tensors: those that either side lacks, as shapes."""

    network: Network
    missing: Counter[Shape]
    left: Counter[Shape]

    @property
    def is_backbone(self) -> bool:
        """Whether the network has all of the file's tensors."""
        return not self.left

    @property
    def said(self) -> str:
        """What differs, as text."""
        sides = ("the file lacks", self.missing), ("the network lacks", self.left)
        return "; ".join(f"{title} {_listed(shapes)}" for title, shapes in sides if shapes)


def _listed(shapes: Counter[Shape]) -> str:
    return ", ".join(" x ".join(map(str, shape)) for shape in shapes.elements())


def nearest(checkpoint: Checkpoint) -> list[Near]:
    """The networks that differ least from the file, by the shapes of at most a classifier's tensors."""
    theirs = _shapes_of(checkpoint)
    found: list[tuple[int, Near]] = []
    for summary in summaries():
        ours = _shapes(summary.name, checkpoint.framework)
        missing, left = ours - theirs, theirs - ours
        if max(missing.total(), left.total()) <= _HEAD and missing.total() < ours.total() // 2:
            found.append((missing.total() + left.total(), Near(load(summary.name), missing, left)))
    least = min((count for count, _ in found), default=0)
    return [near for count, near in found if count == least]


def _by_count(checkpoint: Checkpoint) -> Iterator[Network]:
    """The networks with the file's number of elements and its shapes."""
    sizes = {name: stored.size for name, stored in checkpoint.tensors.items()}
    floating = [name for name, stored in checkpoint.tensors.items() if stored.dtype in FLOATING]
    counts = {sum(sizes.values()), sum(sizes[name] for name in floating)}
    theirs = _shapes_of(checkpoint)
    for summary in summaries():
        if summary.parameters in counts and _shapes(summary.name, checkpoint.framework) == theirs:
            yield load(summary.name)


def _with_other_classes(checkpoint: Checkpoint) -> list[Network]:
    """The networks that have the file's shapes with another number of classes.

    If only one kernel and one bias depend on it, the number of parameters tells which networks are possible. They are
    tried first, because the shapes of all networks take seconds.
    """
    several = [summary for summary in summaries() if isinstance(summary.params.get(CLASSES), int)]
    likely = [summary for summary in several if _may_have_other_classes(summary, checkpoint)]
    return _at_other_classes(likely, checkpoint) or _at_other_classes(several, checkpoint)


def _may_have_other_classes(summary: Summary, checkpoint: Checkpoint) -> bool:
    """Whether one of the file's matrices, with or without a bias, explains another number of parameters."""
    more = sum(stored.size for stored in checkpoint.tensors.values() if stored.dtype in FLOATING) - summary.parameters
    return any(
        more == (features + bias) * (classes - summary.params[CLASSES])
        for shape in _shapes_of(checkpoint)
        if len(shape) == 2
        for features, classes in (shape, shape[::-1])
        for bias in (0, 1)
    )


def _at_other_classes(among: Iterable[Summary], checkpoint: Checkpoint) -> list[Network]:
    theirs = _shapes_of(checkpoint)
    found: list[Network] = []
    for summary in among:
        for classes in _other_classes(summary, theirs, checkpoint.framework):
            network = load(summary.name, params={CLASSES: classes})
            if _multiset(network, checkpoint.framework) == theirs:
                found.append(network)
    return found


def _other_classes(summary: Summary, theirs: Counter[Shape], framework: str) -> list[int]:
    """The numbers of classes that a network with these shapes may have, if only a classifier differs."""
    usual = summary.params[CLASSES]
    ours = _shapes(summary.name, framework)
    missing, left = ours - theirs, theirs - ours
    if not missing or missing.total() != left.total() or missing.total() > _HEAD:
        return []
    sizes = {size for shape in left for size in shape}
    return [
        size
        for size in sorted(sizes)
        if Counter(tuple(size if axis == usual else axis for axis in shape) for shape in missing.elements()) == left
    ]


def _shapes_of(checkpoint: Checkpoint) -> Counter[Shape]:
    """The shapes of a file's tensors, without axes of length 1 and without whole numbers, which count."""
    return Counter(_bare(stored.shape) for stored in checkpoint.tensors.values() if stored.dtype in FLOATING)


@cache
def _shapes(name: str, framework: str) -> Counter[Shape]:
    return _multiset(load(name), framework)


def _multiset(network: Network, framework: str) -> Counter[Shape]:
    return Counter(_bare(weight.native_shape) for weight in layout_for(network.graph, framework).weights)


def _bare(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)
