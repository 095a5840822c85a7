"""What the backend finds out about a network before it writes it."""

from __future__ import annotations

from archspec.ir import Graph, Layer, Node, Value
from archspec.layers.activation import (
    ELU,
    GELU,
    SELU,
    Exponential,
    HardSigmoid,
    HardSiLU,
    LeakyReLU,
    Linear,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply
from archspec.layers.norm import LocalResponseNormalization
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.layers.regularisation import Dropout, SpatialDropout2D
from archspec.layers.shape import Flatten, Reshape, ZeroPadding2D

NONNEGATIVE = "nonnegative"
"""No element of what the layer reads is below zero, and no gradient passes where one is zero."""

ALWAYS: frozenset[type[Layer]] = frozenset({ReLU6, Sigmoid, HardSigmoid, Softmax, Softplus, Exponential})
"""Layers whose output is nonnegative whatever they read."""

KEEP: frozenset[type[Layer]] = frozenset(
    {
        *(Linear, LeakyReLU, PReLU, ELU, SELU, GELU, SiLU, HardSiLU, Mish, Tanh, Softsign),
        *(MaxPooling2D, AdaptiveMaxPooling2D, GlobalMaxPooling2D),
        *(AveragePooling2D, AdaptiveAveragePooling2D, GlobalAveragePooling2D),
        *(Add, Average, Concatenate, Maximum, Minimum, Multiply),
        *(Dropout, SpatialDropout2D, Flatten, Reshape, ZeroPadding2D, LocalResponseNormalization),
    }
)
"""Layers whose output is nonnegative if all their inputs are: they are zero only where an input is."""


def facts(graph: Graph) -> dict[str, frozenset[str]]:
    """What is known of each node's inputs, by the nodes' paths."""
    nonnegative: set[Value] = set()
    found: dict[str, frozenset[str]] = {}
    fact, nothing = frozenset({NONNEGATIVE}), frozenset[str]()
    for node in graph.nodes:
        inputs_are = nonnegative.issuperset(node.inputs)
        found[node.path] = fact if inputs_are else nothing
        if _is_nonnegative(node, inputs_are):
            nonnegative.add(node.path)
    return found


def _is_nonnegative(node: Node, inputs_are: bool) -> bool:
    layer = node.layer
    if isinstance(layer, ReLU):
        return layer.negative_slope == 0 or (layer.threshold == 0 and inputs_are)
    return type(layer) in ALWAYS or (inputs_are and type(layer) in KEEP)
