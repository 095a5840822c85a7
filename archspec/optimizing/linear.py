"""The arithmetic of linear layers: how kernels and biases take factors and shifts of channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from archspec.ir import Graph, Node
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


def each(value: Any, channels: int) -> Array:
    """A number for each channel."""
    return np.broadcast_to(np.asarray(value, np.float64), (channels,))


def along(values: Array, axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """A vector in the shape in which it is multiplied along these axes of an array."""
    return values.reshape([size if axis in axes else 1 for axis, size in enumerate(shape)])
