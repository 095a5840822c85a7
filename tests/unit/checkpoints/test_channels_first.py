"""Keras files whose images are channels first: converted right, or refused with the layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint
from tests.unit.checkpoints.networks import Array

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

SHAPE = (3, 4, 4)


def first(**options: Any) -> Any:
    """A convolution to five channels; its outputs are 3 x 4."""
    return keras.layers.Conv2D(5, (2, 1), data_format="channels_first", name="conv", **options)


def save(layers: list[Any], path: Path) -> Path:
    model = keras.Sequential([keras.Input(SHAPE), *layers])
    generator = np.random.default_rng(1)
    model.set_weights([generator.uniform(0.5, 1.5, array.shape) for array in model.get_weights()])
    model.save(path)
    return path


def network(*layers: dict[str, Any]) -> archspec.Network:
    conv = {"name": "conv", "layer_type": "Conv2D", "filters": 5, "kernel_size": [2, 1]}
    inputs = {"image": [4, 4, 3]}
    return archspec.load({"archspec": 1, "name": "net", "inputs": inputs, "layers": [conv, *layers]})


FLAT = {"layer_type": "Flatten"}
DENSE = {"name": "fc", "layer_type": "Dense", "units": 2}
NORM = {"name": "bn", "layer_type": "BatchNormalization"}


def kernels(path: Path) -> tuple[Any, Any]:
    """The kernel of the Dense in the file, and in the network."""
    found = archspec.read_checkpoint(network(FLAT, {"layer_type": "ReLU"}, DENSE), path)
    return open_checkpoint(path).tensors["fc/kernel"].read(), found["fc:kernel"]


@pytest.mark.parametrize("plain", ["Flatten", "Reshape"])
def test_rows_behind_a_plain_flatten_are_put_in_order(tmp_path: Path, plain: str) -> None:
    layers = keras.layers
    flat = layers.Flatten(data_format="channels_last") if plain == "Flatten" else layers.Reshape((-1,))
    theirs, ours = kernels(save([first(), flat, layers.ReLU(), layers.Dense(2, name="fc")], tmp_path / "m.h5"))
    assert np.array_equal(theirs.reshape(5, 3, 4, 2), np.moveaxis(ours.reshape(3, 4, 5, 2), 2, 0))


def test_a_flatten_that_is_channels_first_itself_has_the_order_already(tmp_path: Path) -> None:
    layers = keras.layers
    flat = layers.Flatten(data_format="channels_first")
    theirs, ours = kernels(save([first(), flat, layers.Dense(2, name="fc")], tmp_path / "m.h5"))
    assert np.array_equal(theirs, ours)


def test_the_same_function_comes_out_of_a_keras_archive(tmp_path: Path) -> None:
    """Keras runs no such convolution on a processor: numpy says what it gives."""
    layers = keras.layers
    model_layers = [first(), layers.Flatten(data_format="channels_last"), layers.Dense(2, name="fc")]
    inner = keras.Sequential([keras.Input(SHAPE), *model_layers], name="inner")
    path = save([inner], tmp_path / "m.keras")
    kernel, bias, rows, last = (np.asarray(array, np.float64) for array in inner.get_weights())
    image = np.random.default_rng(2).normal(size=(1, 4, 4, 3)).astype(np.float32)
    there = np.moveaxis(image[0].astype(np.float64), 2, 0)
    maps = np.stack([sum(there[:, k : k + 3].transpose(1, 2, 0) @ kernel[k, 0] for k in range(2))])[0] + bias
    expected = np.moveaxis(maps, 2, 0).ravel() @ rows + last
    loaded = network(FLAT, DENSE)
    model = loaded.compile("tensorflow", weights=archspec.read_checkpoint(loaded, path))
    assert np.allclose(np.asarray(model(image))[0], expected, rtol=1e-5)


def test_what_has_no_order_is_converted(tmp_path: Path) -> None:
    layers = keras.layers
    pooled = [first(), layers.BatchNormalization(axis=1, name="bn"), layers.GlobalAveragePooling2D("channels_first")]
    path = save([*pooled, layers.Dense(2, name="fc")], tmp_path / "m.h5")
    found = archspec.read_checkpoint(network(NORM, {"layer_type": "GlobalAveragePooling2D"}, DENSE), path)
    assert found["fc:kernel"].shape == (5, 2)


SQUARE = {"name": "square", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1}


@pytest.mark.parametrize(
    ("layers", "spec", "said"),
    [
        (
            lambda k: [
                k.Permute((2, 3, 1), name="turn"),
                k.Flatten(data_format="channels_last"),
                k.Dense(2, name="fc"),
            ],
            [FLAT, DENSE],
            r"turn \(Permute\) may put the features in another order",
        ),
        (
            lambda k: [k.Reshape((12, 5), name="fold"), k.Flatten(data_format="channels_last"), k.Dense(2, name="fc")],
            [FLAT, DENSE],
            r"fold \(Reshape\) may put",
        ),
        (
            lambda k: [k.Conv2D(4, 1, data_format="channels_first", name="square"), k.BatchNormalization(name="bn")],
            [SQUARE, NORM],
            r"bn \(BatchNormalization\) normalises along axis -1",
        ),
        (
            lambda k: [k.Conv2D(4, 1, data_format="channels_first", name="square"), k.Dense(2, name="fc")],
            [SQUARE, DENSE],
            r"fc \(Dense\) reads the last axis",
        ),
        (
            lambda k: [k.Flatten(data_format="channels_last"), k.BatchNormalization(name="bn"), k.Dense(2, name="fc")],
            [FLAT, NORM, DENSE],
            "bn reads features of a flattened image",
        ),
    ],
    ids=["permute", "reshape", "axis", "dense", "vector"],
)
def test_what_cannot_be_followed_is_refused(tmp_path: Path, layers: Any, spec: list[Any], said: str) -> None:
    path = save([first(), *layers(keras.layers)], tmp_path / "m.h5")
    with pytest.raises(archspec.WeightsError, match=rf"m\.h5 is channels_first(?s:.*){said}"):
        archspec.read_checkpoint(network(*spec), path)


CONV = {"class_name": "Conv2D", "config": {"name": "conv", "data_format": "channels_first"}}
LAST = {"class_name": "Flatten", "config": {"name": "flat", "data_format": "channels_last"}}
FC = {"class_name": "Dense", "name": "fc", "config": {"name": "fc"}}
AXIS = {"class_name": "BatchNormalization", "config": {"name": "bn", "axis": -1}}
IMAGE = {"class_name": "InputLayer", "name": "image", "config": {"name": "image"}}


def shaped(*shape: int) -> Array:
    return np.random.default_rng(shape).uniform(0.5, 1.5, shape).astype(np.float32)


ARRAYS = {
    "conv": {"kernel": shaped(2, 1, 3, 5), "bias": shaped(5)},
    "bn": {word: shaped(5) for word in ("gamma", "beta", "moving_mean", "moving_variance")},
    "fc": {"kernel": shaped(60, 2), "bias": shaped(2)},
}


def old(path: Path, config: Any, **groups: list[str]) -> Path:
    """A file as Keras 2 writes it: groups with the layers in them."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = list(groups)
        for group, layers in groups.items():
            arrays = {f"{layer}/{word}:0": array for layer in layers for word, array in ARRAYS[layer].items()}
            root.create_group(group).attrs["weight_names"] = list(arrays)
            for name, array in arrays.items():
                root[group][name] = array
    return path


def test_a_sequential_within_a_model_of_keras_before_2_2_3(tmp_path: Path) -> None:
    """Its configuration is the list of its layers, and its name stands beside it."""
    body = {"class_name": "Sequential", "name": "body", "config": [CONV, LAST]}
    config = {"class_name": "Model", "config": {"layers": [IMAGE, body, FC]}}
    path = old(tmp_path / "m.h5", config, image=[], body=["conv"], fc=["fc"])
    found = archspec.read_checkpoint(network(FLAT, DENSE), path)
    theirs = ARRAYS["fc"]["kernel"].reshape(5, 3, 4, 2)
    assert np.array_equal(theirs, np.moveaxis(found["fc:kernel"].reshape(3, 4, 5, 2), 2, 0))


def within(depth: int) -> dict[str, Any]:
    """A model within a model and so on."""
    inner: dict[str, Any] = CONV
    for _ in range(depth):
        inner = {"class_name": "Sequential", "config": {"name": "body", "layers": [inner]}}
    return inner


NAMELESS = {"class_name": "Sequential", "config": [{"class_name": "Sequential", "config": [CONV, LAST]}, FC]}


@pytest.mark.parametrize("config", [NAMELESS, within(40), {"class_name": "Net", "config": {"order": "channels_first"}}])
def test_a_configuration_that_cannot_be_followed_is_refused(tmp_path: Path, config: Any) -> None:
    path = old(tmp_path / "m.h5", config, sequential_1=["conv"], fc=["fc"])
    with pytest.raises(archspec.WeightsError, match=r"m\.h5 is channels_first, and its model's configuration is none"):
        archspec.read_checkpoint(network(FLAT, DENSE), path)


@pytest.mark.parametrize("key", [None, "body"])
def test_layers_under_a_key_are_known_and_each_fault_is_said_once(tmp_path: Path, key: str | None) -> None:
    body = {"class_name": "Sequential", "name": "body", "config": {"name": "body", "layers": [CONV, AXIS]}}
    config = {"class_name": "Functional", "config": {"layers": [IMAGE, body]}}
    path = old(tmp_path / "m.h5", config, image=[], body=["conv", "bn"])
    with pytest.raises(archspec.WeightsError) as caught:
        archspec.read_checkpoint(network(NORM), path, key=key)
    assert str(caught.value).count("normalises along axis -1") == 1
