"""Merges convolutions of one image whose results are added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from archspec.errors import UnknownSizeError
from archspec.ir import Graph, Node, Value
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.merge import Add
from archspec.layers.window import NO_PADDING, Edges, padding_for
from archspec.optimizing.editing import edited
from archspec.optimizing.leaving import hand_over_activations, in_all_copies, leaving_out
from archspec.optimizing.linear import BIAS, KERNEL, Slots, along, each, rule, slot_names
from archspec.optimizing.rewriting import Array, Note, Rewriting, Rule
from archspec.optimizing.surroundings import Surroundings

Tap = tuple[int, int]
"""The row and the column of an element of a kernel."""

NO_WINDOW = (0, 0)


def merge_sum(graph: Graph) -> Rewriting:
    """The network with one convolution in place of a sum of convolutions of one image.

    A smaller kernel is added to a part of the largest one. The image itself is a 1x1 kernel of ones on the diagonal,
    and a batch normalisation or scale of it one with its factors. So a block of RepVGG becomes a 3x3 convolution (Ding
    et al. 2021, arXiv:2101.03697).

    Guarantees: outside of training, the outputs are the same, with fewer multiply-adds.

    Refuses: other sums; branches along axes of any length that may differ in it; convolutions with other strides,
    groups or types, or whose windows the largest one's do not contain; one that is applied several times, has another
    reader, or is an output; a declared layer of which another copy is refused.
    """
    around = Surroundings(graph)
    able = {node.path: found for node in graph.nodes if (found := _sum(graph, node, around)) is not None}
    chosen = in_all_copies(graph, {*able, *[path for found in able.values() for path in found.paths]})
    kept = {path: found for path, found in able.items() if {path, *found.changed} <= chosen}
    values: dict[str, Value] = {}
    for path, found in kept.items():
        values |= {path: found.largest.result, **dict.fromkeys(found.others, found.image)}
    edit = leaving_out(graph, values)
    hand_over_activations(graph, edit, {path: found.largest for path, found in kept.items()})
    rules: dict[str, Rule] = {}
    notes = []
    for path, found in kept.items():
        rules |= found.rules(graph)
        edit.layers[found.largest.path] = found.largest.layer.model_copy(update={"use_bias": True})
        notes.append(Note("merge_sum", path, f"became one convolution, {found.largest.path}"))
    return Rewriting(edited(graph, edit), rules, tuple(notes)) if edit else Rewriting(graph)


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum of branches of one image. `others` are the nodes beside the largest convolution.

    `taps` has for each of them the row and the column of the largest kernel at which its own kernel begins. The image
    itself is added `times` times, at `center`.
    """

    image: Value
    largest: Node
    others: Mapping[str, Node]
    taps: Mapping[str, Tap]
    times: int
    center: Tap

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.largest.path, *self.others)

    @property
    def changed(self) -> tuple[str, ...]:
        """The layers that are left out or get a bias: only other weights are no change of a declared layer."""
        has_bias = getattr(self.largest.layer, "use_bias", False)
        return tuple(self.others) if has_bias else self.paths

    def rules(self, graph: Graph) -> dict[str, Rule]:
        """The rules for the weights of the convolution that does all the work."""
        path = self.largest.path
        nodes = {f"branch{number}": graph.by_path[each] for number, each in enumerate(self.paths)}
        reads = {word: slot_names(graph, node) for word, node in nodes.items()}

        def kernel(**weights: Slots) -> Array:
            found = weights["branch0"][KERNEL].copy()
            for word, node in list(nodes.items())[1:]:
                part = _kernel_of(node, weights[word], self.largest, found.shape)
                row, column = self.taps[node.path]
                found[row : row + part.shape[0], column : column + part.shape[1]] += part
            if self.times:
                found[self.center] += self.times * _unit(self.largest, found.shape)[0, 0]
            return found

        def bias(**weights: Slots) -> Array:
            shifts = [_shift_of(node, weights[word]) for word, node in nodes.items()]
            total: Array = np.sum([each(shift, self.largest.type.channels) for shift in shifts], axis=0)
            return total

        return {f"{path}:{KERNEL}": rule(reads, kernel), f"{path}:{BIAS}": rule(reads, bias)}


def _kernel_of(node: Node, weights: Slots, largest: Node, shape: tuple[int, ...]) -> Array:
    """The kernel of a branch; `shape` is that of the largest one."""
    channelwise, kernel = node.layer.channelwise(), largest.layer.kernel()
    if channelwise is None:
        return weights[KERNEL]
    assert kernel is not None, "asked before"
    unit = _unit(largest, shape)
    return unit * along(each(channelwise.factor(weights), node.type.channels), kernel.outputs, unit.shape)


def _shift_of(node: Node, weights: Slots) -> Array | float:
    """The numbers that a branch adds to its channels."""
    channelwise = node.layer.channelwise()
    if channelwise is None:
        return weights.get(BIAS, 0.0)
    found: Array | float = 0.0 if channelwise.shift is None else channelwise.shift(weights)
    return found


def _unit(convolution: Node, shape: tuple[int, ...]) -> Array:
    """The 1x1 kernel that hands on each channel; `shape` is that of the convolution's kernel."""
    inputs, outputs = shape[2:]
    if isinstance(convolution.layer, DepthwiseConv2D):
        return np.ones((1, 1, inputs, outputs))
    unit: Array = (np.arange(inputs)[:, None] == np.arange(outputs) % inputs).astype(np.float64)
    return unit[None, None]


def _sum(graph: Graph, node: Node, around: Surroundings) -> _Sum | None:
    """The branches of a sum that one convolution can compute."""
    if not isinstance(node.layer, Add) or not around.is_alone(node):
        return None
    makers = [graph.maker(value) for value in node.inputs]
    windows = {each: _window(each) for each in makers if each is not None}
    largest = max(windows, key=lambda each: windows[each], default=None)
    if largest is None or windows[largest] == NO_WINDOW:
        return None
    image = largest.inputs[0]
    branches = {each.path: each for value, each in zip(node.inputs, makers, strict=True) if each and value != image}
    times = node.inputs.count(image)
    if len(branches) + times != len(node.inputs) or len(node.inputs) < 2:
        return None
    if not all(_reads_only(each, image, node, around) for each in branches.values()):
        return None
    others = {path: each for path, each in branches.items() if each is not largest}
    taps = {path: _tap(each, largest) for path, each in others.items()}
    center = _begin(largest, NO_PADDING, (1, 1))
    if None in taps.values() or (times and not _hands_on(largest, center)):
        return None
    found = {path: tap for path, tap in taps.items() if tap is not None}
    return _Sum(image, largest, others, found, times, center or (0, 0))


def _window(node: Node) -> tuple[int, int]:
    """The size of a convolution's kernel."""
    return node.layer.window if isinstance(node.layer, Conv2D | DepthwiseConv2D) else NO_WINDOW


def _reads_only(branch: Node, image: Value, node: Node, around: Surroundings) -> bool:
    """Whether a layer reads this image, and only the sum reads its value, once."""
    result = branch.result
    alone = around.is_alone(branch) and not around.is_output(result) and node.inputs.count(result) == 1
    return branch.inputs == (image,) and branch.type == node.type and alone and around.readers(result) == (node,)


def _tap(branch: Node, largest: Node) -> Tap | None:
    """The place in the largest kernel where the kernel of another branch begins; None where it cannot be added."""
    layer, other = largest.layer, branch.layer
    assert isinstance(layer, Conv2D | DepthwiseConv2D), "chosen so"
    if branch.layer.channelwise() is not None:
        center = _begin(largest, NO_PADDING, (1, 1))
        return center if _hands_on(largest, center) else None
    if type(other) is not type(layer) or not isinstance(other, Conv2D | DepthwiseConv2D):
        return None
    kernels = (layer.kernel(), other.kernel())
    if kernels[0] != kernels[1] or layer.strides != other.strides:
        return None
    spread_alike = all(
        size == 1 or own == theirs for size, own, theirs in zip(other.window, other.spread, layer.spread, strict=True)
    )
    padding = _padding(branch)
    return _begin(largest, padding, other.window) if spread_alike and padding is not None else None


def _hands_on(largest: Node, center: Tap | None) -> bool:
    """Whether a kernel of this convolution can hand on the image."""
    layer = largest.layer
    assert isinstance(layer, Conv2D | DepthwiseConv2D), "chosen so"
    return center is not None and layer.strides == (1, 1) and largest.type == largest.reads[0]


def _begin(largest: Node, padding: tuple[Edges, Edges], window: tuple[int, int]) -> Tap | None:
    """The element of the largest kernel that meets the first element of a smaller window with this padding.

    None if there is none, and if along an axis of any length both do not give as many elements.
    """
    own, layer = _padding(largest), largest.layer
    assert isinstance(layer, Conv2D | DepthwiseConv2D), "chosen so"
    if own is None:
        return None
    axes = largest.reads[0].axes[:2]
    found = []
    for axis, mine, theirs, spread, size, part in zip(
        axes, own, padding, layer.spread, layer.window, window, strict=True
    ):
        begin, rest = divmod(mine[0] - theirs[0], spread)
        if rest or not 0 <= begin <= size - part:
            return None
        if axis is None and mine[1] - theirs[1] != spread * (size - part - begin):
            return None
        found.append(begin)
    return found[0], found[1]


def _padding(node: Node) -> tuple[Edges, Edges] | None:
    """The padding of a convolution; None where it depends on an unknown size."""
    assert isinstance(node.layer, Conv2D | DepthwiseConv2D), "chosen so"
    try:
        return padding_for(node.layer, node.reads[0].axes)
    except UnknownSizeError:
        return None
