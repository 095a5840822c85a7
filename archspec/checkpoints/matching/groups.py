"""Layers of the checkpoint and of the network, with the words and the shapes of their tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.ir import Shape
from archspec.weights import NativeWeight


@dataclass(frozen=True, slots=True)
class Group:
    """A layer of a checkpoint: its tensors' names by their own words, and their shapes, in the file's order.

    `whole` is the file's layer, of which this one may be a part.
    """

    layer: str
    whole: str
    names: Mapping[str, str]
    shapes: tuple[Shape, ...]

    def row(self, classes: Mapping[str, str]) -> str:
        """A name for the layers of its class in the file, of which it is one; parts of layers have their own rows."""
        return f"{classes.get(self.whole, '')}{self.layer.removeprefix(self.whole)}"


@dataclass(frozen=True, slots=True)
class Target:
    """A layer of the network, with its unmatched weights."""

    layer: str
    weights: tuple[NativeWeight, ...]


def groups_of(checkpoint: Checkpoint, names: Iterable[str]) -> list[Group]:
    """The tensors grouped by layer, in the order of each layer's first tensor."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        layer, word = checkpoint.split(name)
        found.setdefault((layer, checkpoint.whole(name)[0]), {})[word] = name
    return [
        Group(layer, whole, words, tuple(checkpoint.tensors[name].shape for name in words.values()))
        for (layer, whole), words in found.items()
    ]


def targets_of(weights: Iterable[NativeWeight]) -> list[Target]:
    """The weights grouped by layer, in execution order."""
    found: dict[str, list[NativeWeight]] = {}
    for weight in weights:
        found.setdefault(weight.layer, []).append(weight)
    return [Target(layer, tuple(owned)) for layer, owned in found.items()]


def bare(shape: Shape) -> Shape:
    """A shape without its axes of length 1."""
    return tuple(size for size in shape if size != 1)


def holds(shape: Shape, wanted: Shape) -> bool:
    """Whether a tensor has a weight's shape, or differs from it by additional axes of length 1 on one side.

    Adding or removing such axes moves no element. With equal numbers of axes, longer axes would have moved.
    """
    return shape == wanted or (len(shape) != len(wanted) and bare(shape) == bare(wanted))


def merges(shape: Shape, wanted: Shape) -> bool:
    """Whether a weight has a tensor's shape with neighbouring axes in one.

    A convolution with a kernel of the whole image is a Dense on the flattened image, and its elements have the same
    order.
    """
    rest = list(shape)
    for size in wanted:
        product = 1
        while rest and product < size:
            product *= rest.pop(0)
        if product != size:
            return False
    return set(rest) <= {1}


def pair(group: Group, target: Target) -> dict[str, str] | None:
    """The names of a layer's tensors by canonical names; None if the group and the target do not fit.

    The tensors' words decide if the framework has all of them. Otherwise the shapes do, if all are different.
    """
    if len(group.shapes) != len(target.weights):
        return None
    pairs = _by_words(group, target) or _by_shapes(group, target)
    if pairs is None:
        return None
    shapes = _shapes(group)
    if any(not holds(shapes[word], weight.native_shape) for weight, word in pairs):
        return None
    return {weight.canonical: group.names[word] for weight, word in pairs}


def exact(group: Group, target: Target) -> bool:
    """Whether a layer's tensors have exactly the shapes of the target's weights."""
    return sorted(group.shapes) == sorted(weight.native_shape for weight in target.weights)


def _shapes(group: Group) -> dict[str, Shape]:
    return dict(zip(group.names, group.shapes, strict=True))


def _by_words(group: Group, target: Target) -> list[tuple[NativeWeight, str]] | None:
    pairs = [(weight, word) for weight in target.weights for word in words_of(weight) if word in group.names]
    used = {word for _, word in pairs}
    return pairs if len(pairs) == len(used) == len(target.weights) else None


def _by_shapes(group: Group, target: Target) -> list[tuple[NativeWeight, str]] | None:
    return _by_equal(group, target, lambda shape: shape) or _by_equal(group, target, bare)


def _by_equal(group: Group, target: Target, form: Callable[[Shape], Shape]) -> list[tuple[NativeWeight, str]] | None:
    words = {form(shape): word for word, shape in _shapes(group).items()}
    forms = [(weight, form(weight.native_shape)) for weight in target.weights]
    pairs = [(weight, words[shape]) for weight, shape in forms if shape in words]
    return pairs if len(words) == len({word for _, word in pairs}) == len(group.shapes) else None


def words_of(weight: NativeWeight) -> frozenset[str]:
    """The possible words for the weight's tensor in its layer: the framework's, or its slot."""
    names = {name.removeprefix(weight.layer)[1:] for name in weight.names if name.startswith(weight.layer)}
    return frozenset({*names, weight.canonical.rpartition(":")[2]} - {""})
