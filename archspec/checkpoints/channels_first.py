"""Keras files of models with `data_format="channels_first"`, whose images have the axes channels, height, width.

Kernels of convolutions are the same in both formats. But after a plain Flatten, or a Reshape to one axis, the features
have another order, and so have the rows of the next Dense; a Flatten that is channels_first itself keeps the order.
Layers without a known effect are refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from archspec.checkpoints.checkpoint import CHANNELS_FIRST, ConfiguredLayer
from archspec.checkpoints.listing import section, shown
from archspec.checkpoints.matching import Match, Matching
from archspec.checkpoints.messages import CheckpointError
from archspec.ir import Graph, Node, Shape, Value, are_known
from archspec.layers.dense import Dense
from archspec.layers.shape import Flatten, Reshape
from archspec.weights import canonical_name

Rows = NDArray[np.intp]
"""The file's row for each row of a canonical kernel."""

_FORMAT = "data_format"
_MOVING = frozenset({"Permute", "Lambda", "TFOpLambda", "Transpose", "Moveaxis", "Swapaxes"})
"""Keras's layers that may permute the axes, and so the features."""


def row_orders(graph: Graph, matching: Matching) -> Mapping[str, Rows]:
    """The kernels whose rows are permuted in the file, by their canonical names.

    Raises `CheckpointError`, with the layers, if the file is channels_first and the order is unknown.
    """
    layers = matching.checkpoint.layers
    if not any(_is_first(layer) for layer in layers.values() if layer.kind != "Flatten"):
        return {}
    reading = _Reading(graph)
    axes = dict.fromkeys(fault for match in matching.matches for fault in _axes(graph, match, matching))
    faults = [*reading.faults, *axes]
    moves = {order for orders in reading.orders.values() for order in orders if order is not None}
    plain, others = _flattening(layers) if moves or reading.faults else (False, [])
    if moves:
        faults += others
    if faults:
        title = f"{matching.checkpoint.path} is {CHANNELS_FIRST}, and its weights cannot be told to mean the same here:"
        raise CheckpointError("\n".join(section(title, faults)))
    if not plain:
        return {}
    return {name: _rows(shape) for name, (shape, *_) in reading.orders.items() if shape is not None}


def _is_first(layer: ConfiguredLayer) -> bool:
    return layer.arguments.get(_FORMAT) == CHANNELS_FIRST


def _flattening(layers: Mapping[str, ConfiguredLayer]) -> tuple[bool, list[str]]:
    """Whether Flatten leaves images channels first; and a sentence for each layer that makes this unclear."""
    ways: dict[str, bool] = {}
    faults = []
    for name, layer in layers.items():
        target = layer.arguments.get("target_shape")
        if layer.kind == "Flatten":
            ways[name] = not _is_first(layer)
        elif layer.kind in _MOVING:
            faults.append(f"{shown(name)} ({layer.kind}) may put the features in another order")
        elif layer.kind == "Reshape" and isinstance(target, list | tuple):
            if len(target) == 1:
                ways[name] = True
            elif sum(size != 1 for size in target) > 1:
                faults.append(f"{shown(name)} (Reshape) may put the features in another order")
    if len(set(ways.values())) != 1:
        listed = ", ".join(map(shown, ways)) or "no layer"
        faults.append(f"{listed} of the file flattens in one way, and the network's Flatten needs one")
    return any(ways.values()), faults


def _rows(shape: Shape) -> Rows:
    """The rows for a flattened image of this shape, channels last."""
    *image, channels = shape
    places = np.arange(math.prod(shape), dtype=np.intp).reshape(channels, *image)
    return np.moveaxis(places, 0, -1).ravel()


def _axes(graph: Graph, match: Match, matching: Matching) -> Iterator[str]:
    """A sentence if a layer that reads images assumes that the file's channels are last."""
    node = graph.by_path[match.weight.layer]
    name = matching.checkpoint.split(match.tensor)[0]
    found = matching.checkpoint.layers.get(name)
    if found is None or len(graph.operations[node.path].inputs[0]) < 2:
        return
    axis = found.arguments.get("axis", 1)
    if axis not in (1, [1], (1,)):
        yield f"{shown(name)} ({found.kind}) normalises along axis {axis}, where the file has no channels"
    if {_FORMAT, "axis"} & found.arguments.keys():
        return
    # The layer has no `data_format`, as Dense, PReLU and layers of other packages.
    (weight,) = (
        each for each in graph.operations[node.path].weights if canonical_name(node, each) == match.weight.canonical
    )
    if weight.role == "kernel":
        yield f"{shown(name)} ({found.kind}) reads the last axis of an image, where the file has no channels"
    elif sum(size > 1 for size in weight.shape) > 1:
        yield f"{shown(name)} ({found.kind}) has {weight.slot} for each place, in another order"


class _Reading:
    """Finds the layers with weights that read features of a flattened image.

    `orders` has for each Dense kernel the shapes of the images that its uses read, or None for features of no image.
    `faults` are sentences about layers whose features are unclear.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._flattened: dict[Value, Shape] = {}
        self._mixed: set[Value] = set()
        self.orders: dict[str, set[Shape | None]] = {}
        self.faults: list[str] = []
        for node in graph.nodes:
            self._read(node)
        self.faults += [
            f"{name} is used on features in several orders" for name, shapes in self.orders.items() if len(shapes) > 1
        ]

    def _read(self, node: Node) -> None:
        images = {self._flattened[value] for value in node.inputs if value in self._flattened}
        is_mixed = any(value in self._mixed for value in node.inputs)
        if self._graph.operations[node.path].weights:
            self._weigh(node, images, is_mixed)
        elif not images and not is_mixed:
            self._flatten(node)
        elif len(node.inputs) == 1 and images and node.layer.order() == "kept":
            (self._flattened[node.result],) = images
        else:
            self._mixed.update(node.results)

    def _weigh(self, node: Node, images: set[Shape], is_mixed: bool) -> None:
        """Note the images whose features a layer with weights reads."""
        if isinstance(node.layer, Dense) and not is_mixed:
            weight = next(each for each in self._graph.operations[node.path].weights if each.role == "kernel")
            name = canonical_name(self._graph.by_path[node.owner], weight)
            self.orders.setdefault(name, set()).update(images or {None})
        elif images or is_mixed:
            self.faults.append(f"{node.path} reads features of a flattened image, in an order that is not followed")

    def _flatten(self, node: Node) -> None:
        """Note that a value has the features of a flattened image, if the layer flattens one."""
        if not isinstance(node.layer, Flatten | Reshape):
            return
        axes = self._graph.operations[node.path].inputs[0]
        if not are_known(axes):
            self._mixed.add(node.result)
        elif math.prod(axes[:-1]) != 1 and axes[-1:] != (1,):
            if len(node.type.axes) == 1:
                self._flattened[node.result] = axes
            else:
                self._mixed.add(node.result)
