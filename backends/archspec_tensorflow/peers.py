"""The networks of keras.applications, for parity to hold archspec's against."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archspec.backend import Peer
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.layers import Softmax
from archspec.weights import Stored
from archspec_tensorflow.runtime import comparable, framework, settings
from archspec_tensorflow.weights import to_array

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]


def build(name: str, graph: Graph, seed: int) -> Peer:
    """See `PeerBackend.peer`; the graph has one input. There is a softmax at the end if the graph has one there."""
    applications = framework().applications
    make = getattr(applications, name, None)
    if not callable(make):
        names = [word for word in dir(applications) if word[:1].isupper()]
        raise ArchspecError(f"keras.applications has no network {name!r}: it has {', '.join(names)}")
    (kind,) = graph.inputs.values()
    last = next(iter(graph.outputs.values()))
    ends_in_softmax = last in graph.by_path and isinstance(graph.by_path[last].layer, Softmax)
    classes = graph.type_of(last).shape[-1]
    with settings("float64"):
        model = make(
            weights=None,
            input_shape=kind.shape,
            classes=classes,
            classifier_activation="softmax" if ends_in_softmax else None,
        )
    _fill(model, seed)
    tensors = {
        _name(layer, variable): Stored(tuple(variable.shape), "float64", partial(to_array, variable))
        for layer in model.layers
        for variable in layer.weights
    }
    return Peer(f"keras:{name}", tensors, partial(_run, model))


def _name(layer: keras.Layer, variable: keras.Variable) -> str:
    """`layer/variable`; a separable convolution's two parts are layers of their own here."""
    if type(layer).__name__ != "SeparableConv2D":
        return f"{layer.name}/{variable.name}"
    part = "depthwise" if variable.name == "depthwise_kernel" else "pointwise"
    return f"{layer.name}.{part}/{'bias' if variable.name == 'bias' else 'kernel'}"


def _fill(model: keras.Model, seed: int) -> None:
    """Values as if the network had been trained: nothing is 0 or 1, and values keep their size through ReLUs."""
    generator = np.random.default_rng(seed)
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) > 1:
            depthwise = "depthwise" in variable.path
            bound = math.sqrt(6 / math.prod(shape[:2] if depthwise else shape[:-1]))
            variable.assign(generator.uniform(-bound, bound, shape))
        else:
            centre = 0.0 if variable.name in {"bias", "beta", "moving_mean"} else 1.0
            variable.assign(generator.uniform(centre - 0.5, centre + 0.5, shape))


def _run(model: keras.Model, array: Array) -> list[Array]:
    with comparable(model):
        found = model(array, training=False)
    return [to_array(output) for output in framework().tree.flatten(found)]
