"""Keras models of several people's kinds, in float64, and Keras 2's form of their configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers
from keras.src.applications import mobilenet_v2

Model = Any
Values = Any


@contextmanager
def in_float64() -> Iterator[None]:
    """Models made here compute in float64."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)


def _norm(value: Values, **options: Any) -> Values:
    return layers.ReLU()(layers.BatchNormalization(**options)(value))


def sequential_with_a_nested_base() -> Model:
    base = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(6, 3)],
        name="base",
    )
    return keras.Sequential([base, layers.GlobalAveragePooling2D(), layers.Dense(5, activation="softmax")])


def siamese() -> Model:
    image = keras.Input((10, 10, 3))
    tower = keras.Model(image, layers.Dense(6)(layers.GlobalMaxPooling2D()(layers.Conv2D(4, 3)(image))), name="tower")
    left, right = keras.Input((10, 10, 3), name="left"), keras.Input((10, 10, 3), name="right")
    difference = layers.Subtract()([tower(left), tower(right)])
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid", name="same")(difference))


def one_layer_called_twice() -> Model:
    image = keras.Input((9, 9, 4), name="image")
    shared = layers.Conv2D(4, 3, padding="same", activation="tanh", name="shared")
    return keras.Model(image, layers.Flatten()(shared(shared(image))))


def batch_normalization_of_a_listed_axis() -> Model:
    image = keras.Input((8, 8, 3))
    value = _norm(layers.Conv2D(4, 3, use_bias=False)(image), axis=3, epsilon=1.001e-5)
    return keras.Model(image, layers.Dense(3)(layers.Flatten()(value)))


def without_scale() -> Model:
    image = keras.Input((8, 8, 3))
    value = _norm(layers.Conv2D(4, 3, use_bias=False)(image), scale=False, momentum=0.9)
    return keras.Model(image, _norm(layers.Conv2D(4, 3)(value), center=False))


def unnamed_layers() -> Model:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, (3, 1), strides=(1, 2)),
            layers.LeakyReLU(0.125),  # TensorFlow keeps other slopes in float32
            layers.Conv2D(3, 3, dilation_rate=2, padding="same"),
            layers.PReLU(shared_axes=[1, 2]),
            layers.Flatten(),
            layers.Dense(4, use_bias=False),
            layers.Dense(4),
        ]
    )


def without_an_input_layer() -> Model:
    model = keras.Sequential([layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)])
    model.build((None, 7, 7, 2))
    return model


_BLOCKS = ((16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), (32, 1, 6))
"""Filters, stride and expansion of the first blocks of MobileNetV2, among which are all kinds that it has."""


def mobile_base(blocks: int) -> Model:
    """The network of `keras.applications.MobileNetV2(alpha=0.35, include_top=False)`, with its first blocks only."""
    image = keras.Input((32, 32, 3))
    value = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="Conv1")(image)
    value = layers.ReLU(6.0, name="Conv1_relu")(layers.BatchNormalization(name="bn_Conv1")(value))
    for block, (filters, stride, expansion) in enumerate(_BLOCKS[:blocks]):
        value = mobilenet_v2._inverted_res_block(value, expansion, stride, 0.35, filters, block)
    value = layers.Conv2D(128, 1, use_bias=False, name="Conv_1")(value)
    value = layers.ReLU(6.0, name="out_relu")(layers.BatchNormalization(name="Conv_1_bn")(value))
    return keras.Model(image, value, name="mobilenetv2_0.35_32")


def without_top() -> Model:
    base = mobile_base(3)
    image = keras.Input((32, 32, 3))
    value = layers.Normalization()(layers.Rescaling(1 / 127.5, offset=-1)(image))
    value = layers.GlobalAveragePooling2D()(base(value, training=False))
    return keras.Model(image, layers.Dense(3, name="head")(layers.Dropout(0.2)(value)))


def several_outputs() -> Model:
    image = keras.Input((12, 12, 3), name="image")
    trunk = layers.Conv2D(4, 3, name="trunk", activation="relu")(image)
    deep = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="deep")(trunk)
    both = layers.Concatenate(name="both")([layers.UpSampling2D(2, name="up")(trunk), deep])
    return keras.Model(image, {"mask": layers.Conv2D(1, 1, name="mask")(both), "deep": deep})


def separable() -> Model:
    image = keras.Input((11, 11, 3))
    value = layers.SeparableConv2D(5, 3, depth_multiplier=2, activation="relu", name="sep")(image)
    value = layers.DepthwiseConv2D(3, strides=2, padding="same", name="depthwise")(value)
    return keras.Model(image, layers.SeparableConv2D(4, 3, use_bias=False, name="sep2")(value))


def inner_calls_that_are_outputs() -> Model:
    """Keras 3 numbers the calls of an inner model from 1 where they are outputs, and from 0 elsewhere."""
    image = keras.Input((4,))
    tower = keras.Model(image, layers.Dense(3)(image), name="tower")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    first = tower(left)
    return keras.Model([left, right], [layers.Subtract(name="less")([first, tower(right)]), first])


def resized() -> Model:
    image = keras.Input((8, 8, 3))
    return keras.Model(image, layers.Conv2D(2, 1)(layers.Resizing(4, 4, interpolation="nearest")(image)))


def inner_model_of_several_inputs() -> Model:
    left, right = keras.Input((6,)), keras.Input((6,))
    shared = layers.Dense(6, name="inside")
    inner = keras.Model([left, right], [shared(left), layers.Multiply()([left, shared(right)])], name="inner")
    one, two = keras.Input((6,), name="one"), keras.Input((6,), name="two")
    first = inner([one, two])
    second = inner([first[1], one])
    return keras.Model([one, two], layers.Average()([*second, first[0]]))


def inner_call_with_a_dead_output() -> Model:
    """No output depends on the first result of the first call, whose layer the second call has again."""
    left, right = keras.Input((4,)), keras.Input((4,))
    ends = [layers.Dense(4, name="one")(left), layers.Dense(4, activation="relu", name="other")(right)]
    inner = keras.Model([left, right], ends, name="inner")
    image = keras.Input((4,))
    _, other = inner([image, image])
    one, _ = inner([other, other])
    return keras.Model(image, one)


def operations() -> Model:
    image = keras.Input((8, 8, 3))
    value = layers.Conv2D(3, 3, padding="same")(image / 255.0 - 0.5)
    gate = layers.ReLU(max_value=6)(value + 3.0) * (1 / 6)
    return keras.Model(image, value * gate + image)


def names_that_are_none_here() -> Model:
    image = keras.Input((8, 8, 3), name="my-image")
    value = layers.Conv2D(3, 1, name="1x1.conv")(image)
    return keras.Model(image, layers.Add(name="input")([image, layers.Conv2D(3, 1, name="class")(value)]))


MODELS: Mapping[str, Callable[[], Model]] = {
    each.__name__: each
    for each in (
        sequential_with_a_nested_base,
        siamese,
        one_layer_called_twice,
        batch_normalization_of_a_listed_axis,
        without_scale,
        unnamed_layers,
        without_an_input_layer,
        without_top,
        several_outputs,
        separable,
        inner_calls_that_are_outputs,
        resized,
        inner_model_of_several_inputs,
        inner_call_with_a_dead_output,
        operations,
        names_that_are_none_here,
    )
}


def made(build: Callable[[], Model]) -> Model:
    """The model with random weights."""
    keras.utils.set_random_seed(3)
    with in_float64():
        model = build()
    generator = np.random.default_rng(5)
    model.set_weights([generator.uniform(0.1, 0.5, array.shape) for array in model.get_weights()])
    return model


def keras_2(configuration: Any) -> Any:
    """A configuration of Keras 3 as Keras 2 wrote it."""
    if isinstance(configuration, list):
        return [keras_2(each) for each in configuration]
    if not isinstance(configuration, dict):
        return configuration
    found = {key: keras_2(each) for key, each in configuration.items() if key not in {"module", "registered_name"}}
    if configuration.get("class_name") == "DTypePolicy":
        return configuration["config"]["name"]
    if configuration.get("class_name") == "BatchNormalization":
        rank = len(configuration["build_config"]["input_shape"])
        found["config"]["axis"] = [rank - 1]
    if configuration.get("class_name") == "LeakyReLU":
        found["config"]["alpha"] = found["config"].pop("negative_slope")
    if "batch_shape" in found:
        found["batch_input_shape"] = found.pop("batch_shape")
    if "inbound_nodes" in found:
        found["inbound_nodes"] = [_old_node(node) for node in configuration["inbound_nodes"]]
    found.pop("build_config", None)
    return found


def _old_node(node: Any) -> Any:
    kwargs = {key: each for key, each in node["kwargs"].items() if key == "training"}
    return [[*history, kwargs] for history in _histories(node["args"])]


def _histories(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _histories(each)
    else:
        yield value["config"]["keras_history"]


def save(model: Model, path: Path) -> Path:
    """The model in the form that the path's ending says: `.old.json` and `.old.h5` are Keras 2's."""
    if path.name.endswith(".old.json"):
        path.write_text(json.dumps({**keras_2(json.loads(model.to_json())), "keras_version": "2.2.4"}))
    elif path.suffix == ".json":
        path.write_text(model.to_json())
    else:
        model.save(path)
    if path.name.endswith(".old.h5"):
        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = json.dumps(keras_2(json.loads(model.to_json())))
            file.attrs["keras_version"] = "2.4.3"
    return path
