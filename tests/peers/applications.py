"""keras.applications' builders: their networks in the zoo, and files of all formats as Keras writes them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from archspec.checkpoints.keras import Hdf5File
from tests.peers.known_networks import known_of

if TYPE_CHECKING:
    import keras

WITHOUT_GRAPH = ("model.weights.h5", "legacy.h5")
"""Files of weights alone: `legacy.h5` is Keras 2's."""

FORMATS = ("model.keras", "model.h5", *WITHOUT_GRAPH)
"""All kinds of files."""

BUILDERS = {row.theirs: row.network for row in known_of("keras.applications")}
"""The zoo's network for each builder."""

SIZES = {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}
"""The height and width of small images; 32 for the other builders."""


def save(model: keras.Model, path: Path) -> Path:
    """A file of one of the formats, as Keras writes it."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    if path.name == "legacy.h5":
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    elif path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


def save_shapes(model: keras.Model, path: Path) -> Path:
    """A file of one of the formats, with arrays that have shapes and no values, of a model without values.

    All files of a folder are of one model: the weights in the first of them are also those of the second.
    """
    import h5py
    from keras.src.legacy.saving import saving_utils
    from keras.src.saving import serialization_lib

    weights = path.with_name("shapes.weights.h5")
    if path.name in {"model.keras", "model.weights.h5"} and not weights.exists():
        _save_shapes_of_layers(model, weights)
    if path.name == "model.weights.h5":
        return weights.rename(path)
    if path.name == "model.keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(serialization_lib.serialize_keras_object(model)))
            archive.write(weights, "model.weights.h5")
        return path
    with h5py.File(path, "w") as file:
        group = file
        if path.name == "model.h5":
            metadata = saving_utils.model_metadata(model, include_optimizer=False)
            file.attrs["model_config"] = json.dumps(metadata["model_config"], default=str)
            group = file.create_group("model_weights")
        _save_shapes_by_attributes(model, group)
    return path


def _save_shapes_of_layers(model: keras.Model, path: Path) -> None:
    """Keras 3's form: Keras writes a number for each variable, and an array of its shape comes in its place."""
    import h5py

    variables: list[Any] = []

    def save_numbers(layer: keras.Layer, store: Any) -> None:
        for place, variable in enumerate([*layer._trainable_variables, *layer._non_trainable_variables]):
            store[str(place)] = np.int64(len(variables))
            variables.append(variable)

    for layer in model._flatten_layers():
        layer.save_own_variables = partial(save_numbers, layer)
    model.save_weights(path)
    with h5py.File(path, "r+") as file:
        places: dict[str, int] = {}
        file.visititems(lambda place, found: places.update({place: int(found[()])} if hasattr(found, "shape") else {}))
        for place, number in places.items():
            del file[place]
            file.create_dataset(place, tuple(variables[number].shape), variables[number].dtype)


def _save_shapes_by_attributes(model: keras.Model, group: Any) -> None:
    """The older form."""
    from keras.src.legacy.saving import legacy_h5_format

    legacy_h5_format.save_attributes_to_hdf5_group(
        group, "layer_names", [layer.name.encode() for layer in model.layers]
    )
    for layer in model.layers:
        variables = legacy_h5_format._legacy_weights(layer)
        own = group.create_group(layer.name)
        names = [variable.path.encode() for variable in variables]
        legacy_h5_format.save_attributes_to_hdf5_group(own, "weight_names", names)
        for name, variable in zip(names, variables, strict=True):
            own.create_dataset(name, tuple(variable.shape), variable.dtype)


@contextmanager
def without_values_in_files() -> Iterator[None]:
    """Arrays may be larger than their file: they have no values."""
    with mock.patch.object(Hdf5File, "_check"):
        yield
