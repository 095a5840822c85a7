"""The names of weights in Keras's files, whose layouts are the canonical ones; needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.ir import Graph
from archspec.weights import NativeLayout, Unmoved, canonical_name
from archspec_tensorflow.emit import layer_name, row_for


def layout(graph: Graph) -> NativeLayout:
    """The network's weights as `layer/variable`; the variable is its name or its index in the layer."""
    return NativeLayout(tuple(_places(graph)))


def _places(graph: Graph) -> Iterator[Unmoved]:
    index: dict[str, int] = {}
    for node, weight in graph.owned_weights():
        place = index.get(node.path, 0)
        index[node.path] = place + 1
        native = row_for(node.layer).weights[weight.slot]
        words = [native.attribute, str(place), *native.older]
        # A layer whose name was taken has a dot before it.
        layers = dict.fromkeys((layer_name(node.path), node.path, f".{node.path}"))
        names = tuple(f"{layer}/{word}" for layer in layers for word in words)
        yield Unmoved(canonical_name(node, weight), node.path, names, weight.shape)
