"""Canonical weights into a Keras model and back. Keras's layouts are the canonical ones, so both ways are exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.weights import Stored, StoredWeights, canonical_name, check, require_none
from archspec_tensorflow.emit import layer_name, row_for

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

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
    require_none(faults, f"the Keras model is not {graph.name}")
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


def write(graph: Graph, model: keras.Model, canonical: StoredWeights, dtype: str, path: Path) -> None:
    """Write a file that Keras's `load_weights` reads, of these weights instead of the model's own, one at a time.

    Keras writes the file, because where in it a layer is depends on the order in which Keras goes through the model;
    but for each variable only its number, which is then replaced. The model is of no use afterwards. The file's name
    ends in `.weights.h5`; `dtype` is the type of all elements.

    Raises `WeightsError` unless the weights are just the network's, with its shapes, and `ArchspecError` where a layer
    of another package keeps them in a layer of its own, for which Keras has another place.
    """
    import h5py

    check(canonical, graph)
    names = {id(variable): name for name, variable in variables(graph, model).items()}
    numbered: list[str] = []
    for layer in model.layers:
        layer.save_own_variables = partial(_save_numbers, layer.save_own_variables, names, numbered)
    model.save_weights(path, overwrite=True)
    with h5py.File(path, "r+") as file:
        places: dict[str, str] = {}
        file.visititems(lambda place, found: _note(place, found, numbered, places))
        if sorted(places.values()) != sorted(names.values()):
            raise ArchspecError(f"Keras writes other variables than the weights of {graph.name}: a layer hides some")
        for place, name in places.items():
            del file[place]
            _fill(file, place, canonical.stored[name], dtype)


def _save_numbers(own: Callable[[Any], None], names: Mapping[int, str], numbered: list[str], store: Any) -> None:
    """Save a layer's variables as their numbers."""
    saved: dict[str, Any] = {}
    own(saved)
    for key, variable in saved.items():
        store[key] = np.int64(len(numbered))
        numbered.append(names[id(variable)])


def _note(place: str, found: Any, numbered: list[str], places: dict[str, str]) -> None:
    """Note which weight belongs at a place of the file."""
    if getattr(found, "shape", None) == () and found.dtype == np.int64:
        places[place] = numbered[int(found[()])]


def _fill(file: Any, place: str, stored: Stored, dtype: str) -> None:
    """Put a weight where it belongs, in the form in which Keras has such elements."""
    if dtype != "bfloat16":
        file.create_dataset(place, data=stored.values().astype(dtype, copy=False))
        return
    import ml_dtypes

    file.create_dataset(place, data=stored.read().view(ml_dtypes.bfloat16)).attrs["dtype"] = dtype


def to_canonical(graph: Graph, model: keras.Model) -> dict[str, Array]:
    """The model's weights by their canonical names, bit for bit; bfloat16, which numpy has not, becomes float32."""
    return {name: to_array(variable) for name, variable in variables(graph, model).items()}


def to_array(value: Any) -> Array:
    """A copy of a tensor or a variable as numpy has it; bfloat16 as float32, which holds all its values."""
    array = value.numpy()
    return np.array(array, array.dtype if array.dtype.isbuiltin == 1 else np.float32)
