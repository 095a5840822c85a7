"""What the language lacks is refused by name, all at once; what a file has for training only is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.importing import ModelWarning, import_model

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402


def refusal(model: Any, folder: Path) -> list[str]:
    """The lines about layers."""
    path = folder / "model.json"
    path.write_text(model.to_json() if not isinstance(model, dict) else json.dumps(model))
    with pytest.raises(archspec.ModelError) as error:
        import_model(path)
    title, *lines = str(error.value).splitlines()
    assert title == f"{path} has layers that the language lacks:"
    return [line.strip() for line in lines]


def sequential(*inner: Any) -> Any:
    return keras.Sequential([keras.Input((8, 8, 4)), *inner])


def test_all_layers_are_told_at_once(tmp_path: Path) -> None:
    inner = keras.Sequential([layers.GaussianNoise(0.1, name="noise")], name="inner")
    model = sequential(layers.Lambda(lambda x: x, name="own"), inner, layers.Flatten(), layers.Reshape((4, -1)))
    model.add(layers.LSTM(3, name="lstm"))
    lines = refusal(model, tmp_path)
    assert lines == ["own (Lambda)", "inner/noise (GaussianNoise)", "lstm (LSTM)"]


def test_values_of_arguments_are_told(tmp_path: Path) -> None:
    model = sequential(
        layers.UpSampling2D(interpolation="bicubic", name="up"),
        layers.Resizing(4, 4, antialias=True, name="resize"),
        layers.Conv2D(4, 3, activation="log_softmax", name="conv"),
        layers.LayerNormalization(axis=[1, 2], rms_scaling=True, name="norm"),
        layers.Dropout(0.5, noise_shape=(None, 1, 6, 4), name="drop"),
    )
    up, *lines = refusal(model, tmp_path)
    assert up.startswith("up (UpSampling2D): interpolation ")
    assert "bicubic" in up
    assert lines == [
        "resize (Resizing): antialias is True",
        "conv (Conv2D): activation is log_softmax",
        "norm (LayerNormalization): rms_scaling is True, axis must be a whole number",
        "drop (Dropout): noise_shape is a structure",
    ]


def test_images_with_channels_first_are_told(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3, 8, 8)), layers.Conv2D(4, 3, data_format="channels_first", name="conv")])
    assert refusal(model, tmp_path) == ["conv (Conv2D): data_format is channels_first"]


def test_a_dropout_of_training_time_at_all_times_is_told(tmp_path: Path) -> None:
    image = keras.Input((4,))
    model = keras.Model(image, layers.Dropout(0.5, name="always")(image, training=True))
    assert refusal(model, tmp_path) == ["always (Dropout): it is called with the argument `training`"]


def test_classes_of_other_packages_are_told(tmp_path: Path) -> None:
    model = json.loads(sequential(layers.ReLU(name="relu")).to_json())
    model["config"]["layers"][1]["module"] = "somebody.layers"
    assert refusal(model, tmp_path) == ["relu (ReLU)"]


def test_a_model_class_of_ones_own_is_told(tmp_path: Path) -> None:
    model = json.loads(sequential(layers.ReLU(name="relu")).to_json())
    model["class_name"] = "Mine"
    (line,) = refusal(model, tmp_path)
    assert "(Mine): its class may compute anything" in line


def test_the_hard_sigmoid_of_keras_2_is_another_function(tmp_path: Path) -> None:
    model = json.loads(sequential(layers.Activation("hard_sigmoid", name="gate")).to_json())
    assert refusal({**model, "keras_version": "2.3.1"}, tmp_path) == [
        "gate (Activation): activation is Keras 2's hard_sigmoid, which has another slope than Keras 3's"
    ]


def test_arguments_of_training_are_left_out_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    dense = [layers.Dense(3, kernel_regularizer="l2", kernel_initializer="identity", name=name) for name in "ab"]
    path.write_text(keras.Sequential([keras.Input((3,)), *dense]).to_json())
    with pytest.warns(ModelWarning) as warned:
        document = import_model(path)
    assert document["layers"] == [{"name": name, "layer_type": "Dense", "units": 3} for name in "ab"]
    assert [str(each.message).splitlines()[1:] for each in warned] == [
        ["  kernel_initializer (Identity) of 2 layers", "  kernel_regularizer of 2 layers"]
    ]


def test_initial_values_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    scaled = keras.initializers.VarianceScaling(2.0, mode="fan_out", distribution="untruncated_normal")
    kept = {"kernel_initializer": scaled, "bias_initializer": keras.initializers.Constant(0.5)}
    path.write_text(keras.Sequential([keras.Input((3,)), layers.Dense(3, **kept, name="a")]).to_json())
    (layer,) = import_model(path)["layers"]
    assert layer["bias_initializer"] == 0.5
    assert layer["kernel_initializer"] == {
        "initializer": "variance_scaling",
        "scale": 2.0,
        "mode": "fan_out",
        "distribution": "untruncated_normal",
    }


def test_a_sequence_of_unknown_shape_takes_it_from_the_caller(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(keras.Sequential([layers.Conv2D(3, 3, name="conv")]).to_json())
    document = import_model(path)
    assert "inputs" not in document
    network = archspec.load(document, inputs={"": [8, 8, 2]})
    assert [kind.axes for kind in network.outputs.values()] == [(6, 6, 3)]
