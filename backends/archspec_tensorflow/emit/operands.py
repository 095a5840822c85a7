"""The order of a merging layer's inputs, which keeps Keras from recursing too deeply."""

from __future__ import annotations

from collections.abc import Callable

from archspec.layers.merge import Add, Multiply
from archspec.program.cases import Value
from archspec.program.model import Apply, Layer

COMMUTATIVE = (Add, Multiply)
"""Merges that give the same bits after exchanging their inputs."""


def ordered_inputs(item: Apply, depth: Callable[[Apply, Value], int]) -> tuple[Value, ...]:
    """The inputs of a layer; of two exchangeable ones the one with fewer layers before it, its `depth`, comes first.

    `keras.Model` walks back from the outputs by recursion, a call for each layer, with a merge's first input first.
    Along the shortcuts the depth is small; along the layers of EfficientNetV2-L it exceeds Python's limit of 1000. The
    inputs of a merge that the spec names stay in the author's order.
    """
    if len(item.inputs) != 2 or item.name is not None or not isinstance(item.made, Layer):
        return item.inputs
    if not all(isinstance(operation.layer, COMMUTATIVE) for operation in item.made.operations):
        return item.inputs
    first, second = item.inputs
    return (second, first) if depth(item, first) > depth(item, second) else item.inputs
