"""The arithmetic of linear layers: how kernels and biases take factors and shifts of channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from archspec.errors import UnknownSizeError
from archspec.ir import Graph, Kernel, Node
from archspec.layers.window import NO_PADDING, WindowedLayer, padding_for
from archspec.optimizing.rewriting import Array, Rule

KERNEL, BIAS = "kernel", "bias"

Slots = Mapping[str, Array]
"""The arrays of a node's weights by their slots."""


def slot_names(graph: Graph, node: Node) -> tuple[str, ...]:
    """The canonical names of a node's weights, in their order."""
    return tuple([f"{node.owner}:{weight.slot}" for weight in graph.operations[node.path].weights])


def rule(reads: Mapping[str, tuple[str, ...]], compute: Callable[..., Array]) -> Rule:
    """A rule whose function takes the arrays of several nodes, each by their slots; `reads` has names by arguments."""
    names = tuple([name for each in reads.values() for name in each])

    def computed(*arrays: Array) -> Array:
        left = list(arrays)
        given = {word: {name.rpartition(":")[2]: left.pop(0) for name in each} for word, each in reads.items()}
        return compute(**given)

    return Rule(names, computed)


def on_outputs(graph: Graph, linear: Node, node: Node) -> dict[str, Rule]:
    """The rules for the weights of a linear layer that does the work of a channelwise one behind it, too."""
    kernel, behind = linear.layer.kernel(), node.layer.channelwise()
    assert kernel is not None, "asked before"
    assert behind is not None, "asked before"
    factor, shift, channels = behind.factor, behind.shift, node.type.channels
    own, others = slot_names(graph, linear), slot_names(graph, node)
    of_kernel = tuple([name for name in own if name.endswith(f":{KERNEL}")])
    of_bias = tuple([name for name in own if name.endswith(f":{BIAS}")])

    def scaled(linear: Slots, behind: Slots) -> Array:
        weight = linear[KERNEL]
        return weight * along(each(factor(behind), channels), kernel.outputs, weight.shape)

    def shifted(linear: Slots, behind: Slots) -> Array:
        found = each(factor(behind), channels) * linear[BIAS] if linear else np.zeros(channels)
        return found if shift is None else found + shift(behind)

    rules = {f"{linear.path}:{KERNEL}": rule({"linear": of_kernel, "behind": others}, scaled)}
    if of_bias or shift is not None:
        rules[f"{linear.path}:{BIAS}"] = rule({"linear": of_bias, "behind": others}, shifted)
    return rules


def sums_all_inputs(node: Node, *, shifted: bool) -> bool:
    """Whether each output channel is sums of products with whole input channels, which may be multiplied before.

    With `shifted`, whether something may be added to the channels before: not where a window reaches into padding.
    """
    kernel = node.layer.kernel()
    return kernel is not None and kernel.groups is not None and not (shifted and pads(node))


def pads(node: Node) -> bool:
    """Whether a layer's windows reach into padding, or may do so."""
    if not isinstance(node.layer, WindowedLayer):
        return False
    try:
        return padding_for(node.layer, node.reads[0].axes) != NO_PADDING
    except UnknownSizeError:
        return True


def on_inputs(graph: Graph, node: Node, linear: Node) -> dict[str, Rule]:
    """The rules for the weights of a linear layer that does the work of a channelwise one before it, too."""
    before = node.layer.channelwise()
    assert before is not None, "asked before"
    factor, shift, channels = before.factor, before.shift, node.type.channels
    own, others = slot_names(graph, linear), slot_names(graph, node)
    return affine_inputs(
        linear,
        own,
        others,
        lambda weights: each(factor(weights), channels),
        None if shift is None else lambda weights: each(shift(weights), channels),
    )


def affine_inputs(
    linear: Node,
    own: tuple[str, ...],
    others: tuple[str, ...],
    factor: Callable[[Slots], Array],
    shift: Callable[[Slots], Array] | None,
) -> dict[str, Rule]:
    """The rules for a linear layer whose input has each channel multiplied and shifted before.

    `own` are its weights, and `others` those that the factor and the shift follow from.
    """
    kernel = linear.layer.kernel()
    assert kernel is not None, "asked before"
    of_kernel = tuple([name for name in own if name.endswith(f":{KERNEL}")])

    def scaled(linear: Slots, before: Slots) -> Array:
        return linear[KERNEL] * _by_inputs(factor(before), kernel, linear[KERNEL].shape)

    def shifted(linear: Slots, before: Slots) -> Array:
        assert shift is not None, "asked before"
        weight = linear[KERNEL]
        products = weight * _by_inputs(shift(before), kernel, weight.shape)
        found: Array = products.reshape(-1, weight.shape[-1]).sum(0)
        return found + linear[BIAS] if BIAS in linear else found

    rules = {f"{linear.path}:{KERNEL}": rule({"linear": of_kernel, "before": others}, scaled)}
    if shift is not None:
        rules[f"{linear.path}:{BIAS}"] = rule({"linear": own, "before": others}, shifted)
    return rules


def _by_inputs(values: Array, kernel: Kernel, shape: tuple[int, ...]) -> Array:
    """Numbers for the input channels of a layer, in a shape in which they multiply its kernel.

    In groups, the filters of each group see their own channels.
    """
    groups = kernel.groups or 1
    return np.repeat(values.reshape(groups, -1).T, shape[-1] // groups, axis=1)


def each(value: Any, channels: int) -> Array:
    """A number for each channel."""
    return np.broadcast_to(np.asarray(value, np.float64), (channels,))


def along(values: Array, axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """A vector in the shape in which it is multiplied along these axes of an array."""
    return values.reshape([size if axis in axes else 1 for axis, size in enumerate(shape)])
