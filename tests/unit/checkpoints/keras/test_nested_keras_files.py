"""Keras models within models: every tensor is there, under a name that tells it from all others."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import open_checkpoint

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")

KINDS = ("model.weights.h5", "model.keras", "model.h5")


def save(model: Any, path: Path) -> Path:
    generator = np.random.default_rng(1)
    model.set_weights([generator.uniform(0.5, 1.5, array.shape) for array in model.get_weights()])
    if path.name.endswith(".weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
    return path


def network(*layers: dict[str, Any], shape: tuple[int, ...] = (8, 8, 4)) -> archspec.Network:
    return archspec.load(
        {"archspec": 1, "name": "net", "inputs": {"image": list(shape)}, "layers": [*layers, {"layer_type": "Flatten"}]}
    )


def convolution(name: str) -> dict[str, Any]:
    return {"name": name, "layer_type": "Conv2D", "filters": 4, "kernel_size": 3}


def arrays(model: Any) -> list[bytes]:
    return [np.asarray(array).tobytes() for array in model.get_weights()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_of_two_convolutions_is_not_one(tmp_path: Path, kind: str) -> None:
    layers = keras.layers
    body = keras.Sequential([layers.Conv2D(4, 3, name="c1"), layers.Conv2D(4, 3, name="c2")], name="body")
    image = keras.Input((8, 8, 4))
    model = keras.Model(image, layers.Flatten()(body(image)))
    path = save(model, tmp_path / kind)
    if kind == "model.h5":
        assert list(open_checkpoint(path).tensors) == [
            f"body/{layer}/{word}" for layer in ("c1", "c2") for word in ("kernel", "bias")
        ]
    with pytest.raises(archspec.WeightsError, match="left over"):
        archspec.read_checkpoint(network(convolution("body")), path)
    found = archspec.read_checkpoint(network(convolution("c1"), convolution("c2")), path)
    assert [found[name].tobytes() for name in found] == arrays(model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_base_with_a_head_has_all_its_tensors(tmp_path: Path, kind: str) -> None:
    model = with_a_head()
    path = save(model, tmp_path / kind)
    tensors = open_checkpoint(path).tensors
    assert len(tensors) == 137
    expected = {array.tobytes() for array in model.get_weights()}
    assert {stored.read().tobytes() for stored in tensors.values()} == expected
    if kind == "model.weights.h5":
        return
    found = archspec.read_checkpoint(mobilenet(), path)
    assert {found[name].tobytes() for name in found} == expected


@cache
def with_a_head() -> Any:
    """A network of keras.applications within another."""
    layers = keras.layers
    base = keras.applications.MobileNet(input_shape=(32, 32, 3), alpha=0.25, include_top=False, weights=None)
    image = keras.Input((32, 32, 3))
    return keras.Model(image, layers.Dense(5, name="head")(layers.GlobalAveragePooling2D()(base(image))))


def mobilenet() -> archspec.Network:
    """The same network under names of our own."""

    def norm(name: str) -> list[dict[str, Any]]:
        return [{"name": name, "layer_type": "BatchNormalization"}, {"layer_type": "ReLU6"}]

    plain = {"use_bias": False, "padding": "same"}
    layers: list[dict[str, Any]] = [
        {"name": "a", "layer_type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, **plain},
        *norm("b"),
    ]
    strides = {1: 2, 3: 2, 5: 2, 11: 2}
    for index, filters in enumerate([16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256]):
        step = strides.get(index, 1)
        layers += [
            {"name": f"d{index}", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "strides": step, **plain},
            *norm(f"e{index}"),
            {"name": f"p{index}", "layer_type": "Conv2D", "filters": filters, "kernel_size": 1, "use_bias": False},
            *norm(f"q{index}"),
        ]
    layers += [{"layer_type": "GlobalAveragePooling2D"}, {"name": "top", "layer_type": "Dense", "units": 5}]
    return archspec.load({"archspec": 1, "name": "mobilenet", "inputs": {"image": [32, 32, 3]}, "layers": layers})


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_one_name_in_models_side_by_side(tmp_path: Path, kind: str) -> None:
    layers = keras.layers

    def half(name: str) -> Any:
        return keras.Sequential([layers.Dense(3, name="d"), layers.Dense(3, name="e")], name=name)

    model = keras.Sequential(
        [keras.Input((3,)), keras.Sequential([half("left"), half("right")], name="outer"), layers.Dense(2, name="head")]
    )
    path = save(model, tmp_path / kind)
    dense = [{"name": f"fc{index}", "layer_type": "Dense", "units": 3} for index in range(4)]
    rest = {"name": "last", "layer_type": "Dense", "units": 2}
    spec = {"archspec": 1, "name": "net", "inputs": {"x": [3]}, "layers": [*dense, rest]}
    found = archspec.read_checkpoint(archspec.load(spec), path)
    assert [found[name].tobytes() for name in found] == arrays(model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tower_that_is_used_twice_is_there_once(tmp_path: Path, kind: str) -> None:
    layers = keras.layers
    tower = keras.Sequential([layers.Conv2D(4, 3, name="c1"), layers.BatchNormalization(name="b1")], name="tower")
    one, two = keras.Input((8, 8, 4)), keras.Input((8, 8, 4))
    model = keras.Model([one, two], layers.Concatenate()([tower(one), tower(two)]))
    path = save(model, tmp_path / kind)
    assert len(open_checkpoint(path).tensors) == 6
    found = archspec.read_checkpoint(
        network(convolution("c1"), {"name": "b1", "layer_type": "BatchNormalization"}), path
    )
    assert sorted(found[name].tobytes() for name in found) == sorted(arrays(model))


@pytest.mark.parametrize(
    ("layer", "words", "names"),
    [
        ("conv1", ["conv1/kernel:0", "conv1/bias:0"], ["conv1/kernel", "conv1/bias"]),
        ("conv1", ["conv1_3/kernel:0", "conv1_3/bias:0"], ["conv1/kernel", "conv1/bias"]),
        ("conv1", ["resnet/conv1/kernel:0"], ["conv1/kernel"]),
        ("body", ["c1/kernel:0", "c2/kernel:0"], ["body/c1/kernel", "body/c2/kernel"]),
        ("body", ["body/c1/kernel", "body/inner/c1/kernel"], ["body/c1/kernel", "body/inner/c1/kernel"]),
        ("body", ["body/body/kernel", "body/c2/kernel"], ["body/body/kernel", "body/c2/kernel"]),
    ],
)
def test_names_of_older_files(tmp_path: Path, layer: str, words: list[str], names: list[str]) -> None:
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["layer_names"] = [layer.encode()]
        group = file.create_group(layer)
        group.attrs["weight_names"] = [word.encode() for word in words]
        for word in words:
            group[word] = np.zeros(2, np.float32)
    assert list(open_checkpoint(tmp_path / "old.h5").tensors) == names


def test_two_tensors_of_one_name_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["layer_names"] = [b"conv"]
        group = file.create_group("conv")
        group.attrs["weight_names"] = [b"conv/kernel:0", b"conv/kernel:1"]
        for word in ("conv/kernel:0", "conv/kernel:1"):
            group[word] = np.zeros(2, np.float32)
    with pytest.raises(archspec.WeightsError, match=r"old\.h5 has several tensors that are called conv/kernel"):
        open_checkpoint(tmp_path / "old.h5")
