"""Assigns canonical weights to a Keras model and reads them back. Keras's layouts are the canonical ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archspec.errors import ArchspecError
from archspec.ir import Graph, Node
from archspec.weights import Stored, StoredWeights, canonical_name, check, require_none
from archspec_tensorflow.emit import layer_name, row_for

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]

_LARGE = 1 << 20
"""The size in bytes from which on additional copies of an array take noticeable time."""

_ALIGNMENT = 64
"""The alignment in bytes that TensorFlow requires for a tensor's memory."""


def layers_of(model: keras.Model) -> Iterator[keras.Layer]:
    """The layers of a model, and those of the models in it: layers that are applied together several times."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from layers_of(layer)
        else:
            yield layer


def variables(graph: Graph, model: keras.Model) -> dict[str, keras.Variable]:
    """The model's variables by their canonical names (`conv1:kernel`), in execution order.

    Raises `WeightsError` if the model lacks a variable, or one has another shape.
    """
    layers = {layer.name: layer for layer in layers_of(model)}
    found: dict[str, keras.Variable] = {}
    faults = []
    for node, weight in graph.owned_weights():
        name = canonical_name(node, weight)
        attribute = row_for(node.layer).weights[weight.slot].attribute
        variable = getattr(_layer_of(node, layers), attribute, None)
        if variable is None:
            faults.append(f"it has no {name}")
        elif tuple(variable.shape) != weight.shape:
            faults.append(f"its {name} is {tuple(variable.shape)} and not {weight.shape}")
        else:
            found[name] = variable
    require_none(faults, f"the Keras model is not {graph.name}")
    return found


def _layer_of(node: Node, layers: Mapping[str, keras.Layer]) -> keras.Layer | None:
    """The node's layer; one whose name was taken has a dot before it."""
    return layers.get(f".{node.path}") or layers.get(layer_name(node.path))


def _counters(graph: Graph, model: keras.Model) -> Iterator[keras.Variable]:
    """The model's whole numbers that are no weights."""
    layers = {layer.name: layer for layer in layers_of(model)}
    for node in graph.nodes:
        for attribute in row_for(node.layer).counters:
            if hasattr(layer := _layer_of(node, layers), attribute):
                yield getattr(layer, attribute)


def assign(graph: Graph, model: keras.Model, canonical: Mapping[str, Array]) -> None:
    """Assign weights to the model, converted to the element types of its variables.

    Raises `WeightsError`, before any assignment, unless names and shapes are exactly the network's.
    """
    check(canonical, graph)
    for name, variable in variables(graph, model).items():
        # Keras's `assign` does the same in twice the time.
        own = variable.value
        own.assign(_own(canonical[name].astype(own.dtype.as_numpy_dtype, copy=False)), read_value=False)
    for layer in layers_of(model):
        if hasattr(layer, "finalize_state"):  # Normalization computes with a copy of its weights
            layer.finalize_state()


def _own(array: Array) -> Any:
    """The array itself, or a tensor with a copy if this is faster.

    TensorFlow's conversion copies twice, once to own the memory and once to align it.
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
    """Write a file for Keras's `load_weights` with these weights, one at a time, instead of the model's own.

    Keras writes the file, because a layer's place in it depends on Keras's walk through the model. It writes a number
    for each variable, which is then replaced by the weight. The model is unusable afterwards. The file's name ends in
    `.weights.h5`; `dtype` is the type of all elements.

    Raises `WeightsError` unless names and shapes are exactly the network's. Raises `ArchspecError` if a layer of
    another package has its weights in an inner layer, for which Keras has another place.
    """
    import h5py

    check(canonical, graph)
    names: dict[int, str | None] = dict.fromkeys(map(id, _counters(graph, model)))
    names |= {id(variable): name for name, variable in variables(graph, model).items()}
    numbered: list[str | None] = []
    for layer in layers_of(model):
        layer.save_own_variables = partial(_save_numbers, layer.save_own_variables, names, numbered)
    model.save_weights(path, overwrite=True)
    with h5py.File(path, "r+") as file:
        places: dict[str, str | None] = {}
        file.visititems(lambda place, found: _note(place, found, numbered, places))
        if Counter(places.values()) != Counter(names.values()):
            raise ArchspecError(f"Keras writes other variables than the weights of {graph.name}: a layer hides some")
        for place, name in places.items():
            del file[place]
            if name is None:
                file.create_dataset(place, data=np.int64(0))
            else:
                _fill(file, place, canonical.stored[name], dtype)


def _save_numbers(
    own: Callable[[Any], None], names: Mapping[int, str | None], numbered: list[str | None], store: Any
) -> None:
    """Save a layer's variables as their numbers."""
    saved: dict[str, Any] = {}
    own(saved)
    for key, variable in saved.items():
        store[key] = np.int64(len(numbered))
        numbered.append(names[id(variable)])


def _note(place: str, found: Any, numbered: list[str | None], places: dict[str, str | None]) -> None:
    """Note the weight for a place of the file; None for a counter."""
    if getattr(found, "shape", None) == () and found.dtype == np.int64:
        places[place] = numbered[int(found[()])]


def _fill(file: Any, place: str, stored: Stored, dtype: str) -> None:
    """Write a weight to its place, with Keras's encoding of its type."""
    if dtype != "bfloat16":
        file.create_dataset(place, data=stored.values().astype(dtype, copy=False))
        return
    import ml_dtypes

    file.create_dataset(place, data=stored.read().view(ml_dtypes.bfloat16)).attrs["dtype"] = dtype


def to_canonical(graph: Graph, model: keras.Model) -> dict[str, Array]:
    """The model's weights by their canonical names, bit for bit; bfloat16, which NumPy lacks, becomes float32."""
    return {name: to_array(variable) for name, variable in variables(graph, model).items()}


def to_array(value: Any) -> Array:
    """A copy of a tensor or a variable as a NumPy array; bfloat16 as float32, which holds all its values."""
    array = value.numpy()
    return np.array(array, array.dtype if array.dtype.isbuiltin == 1 else np.float32)
