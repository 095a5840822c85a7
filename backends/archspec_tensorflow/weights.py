"""Canonical weights into a Keras model and back. Keras's layouts are the canonical ones, so both ways are exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archspec.ir import Graph
from archspec.weights import WeightsError, canonical_name, check
from archspec_tensorflow.emit import layer_name, row_for

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

_LISTED = 5

_LARGE = 1 << 20
"""Bytes from which on it counts how often an array is copied."""

_ALIGNMENT = 64
"""Bytes at whose multiples TensorFlow wants a tensor's memory to begin."""


def variables(graph: Graph, model: keras.Model) -> dict[str, keras.Variable]:
    """The model's variables by their canonical names (`conv1:kernel`), in execution order.

    Raises `WeightsError` if the model lacks one of them, or has it in another shape.
    """
    layers = {layer.name: layer for layer in model.layers}
    found: dict[str, keras.Variable] = {}
    faults = []
    for node, weight in graph.owned_weights():
        name = canonical_name(node, weight)
        attribute = row_for(node.layer).weights[weight.slot].attribute
        # A layer whose own name was taken has it with a dot before it.
        layer = layers.get(f".{node.path}") or layers.get(layer_name(node.path))
        variable = getattr(layer, attribute, None)
        if variable is None:
            faults.append(f"it has no {name}")
        elif tuple(variable.shape) != weight.shape:
            faults.append(f"its {name} is {tuple(variable.shape)} and not {weight.shape}")
        else:
            found[name] = variable
    if faults:
        more = f"; and {len(faults) - _LISTED} more" if len(faults) > _LISTED else ""
        raise WeightsError(f"the Keras model is not {graph.name}: {'; '.join(faults[:_LISTED])}{more}")
    return found


def assign(graph: Graph, model: keras.Model, canonical: Mapping[str, Array]) -> None:
    """Give the model these weights, each converted to its variable's own element type.

    Raises `WeightsError`, before anything is assigned, unless they are just the network's, with its shapes.
    """
    check(canonical, graph)
    for name, variable in variables(graph, model).items():
        # Keras's own `assign` takes twice as long to come to this.
        own = variable.value
        own.assign(_own(canonical[name].astype(own.dtype.as_numpy_dtype, copy=False)), read_value=False)


def _own(array: Array) -> Any:
    """The array, or where that takes less time a tensor with a copy of its elements.

    TensorFlow's own conversion copies twice, once to have the memory to itself and once to align it.
    """
    if array.nbytes < _LARGE or array.dtype.isbuiltin != 1:
        return array
    import tensorflow as tf

    memory = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())


def to_canonical(graph: Graph, model: keras.Model) -> dict[str, Array]:
    """The model's weights by their canonical names, bit for bit; bfloat16, which numpy has not, becomes float32."""
    return {name: to_array(variable) for name, variable in variables(graph, model).items()}


def to_array(value: Any) -> Array:
    """A copy of a tensor or a variable as numpy has it; bfloat16 as float32, which holds all its values."""
    array = value.numpy()
    return np.array(array, array.dtype if array.dtype.isbuiltin == 1 else np.float32)
