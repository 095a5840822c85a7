"""Live models: names, weights, element types, devices, saving."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest

from archspec.backend import DTYPES
from archspec.errors import ArchspecError, BackendMissingError
from archspec.ir import Graph, Input, Layer, Node, TensorType
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.norm import LocalResponseNormalization, Scale
from archspec.layers.pool import AdaptiveAveragePooling2D, AdaptiveMaxPooling2D, AveragePooling2D, MaxPooling2D
from archspec.weights import WeightsError
from archspec_tensorflow import runtime
from archspec_tensorflow.emit import layer_name
from archspec_tensorflow.weights import to_canonical
from tests.unit.tensorflow_backend.keras_models import load, random_weights, single, source

DENSE = single(Dense(units=3), (4,))


@pytest.mark.parametrize("path", ["0", "layer1.0.conv1", "_stem", "_a._b.0", "a"])
def test_a_layer_is_found_by_its_path_and_saved_under_it(path: str, tmp_path: Path) -> None:
    import keras

    graph = single(Conv2D(filters=2, kernel_size=1), (3, 3, 2), path=path)
    if path == "a":  # the input's name
        with pytest.raises(ValueError, match="unique"):
            load(graph)
        return
    model, weights = load(graph, dtype="float32")
    assert model.get_layer(layer_name(path)).kernel is not None
    model.save(tmp_path / "model.keras")
    runtime.save_weights(model, tmp_path / "model.weights.h5")
    again = keras.models.load_model(tmp_path / "model.keras")
    again.load_weights(tmp_path / "model.weights.h5")
    found = to_canonical(graph, again)
    for name, array in weights.items():
        np.testing.assert_array_equal(found[name], array.astype(np.float32))


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal", "truncated_normal", "zeros"])
def test_a_model_remembers_its_initializers_though_they_draw_nothing(initializer: str) -> None:
    import keras

    graph = single(Dense(units=3, kernel_initializer=initializer), (4,))
    configurations = []
    for weights in (None, random_weights(graph)):
        keras.utils.clear_session(free_memory=False)
        model = runtime.load(graph, source(graph), "build", weights)
        configurations.append(model.to_json())
        drawn = model.layers[-1].kernel_initializer((2, 2))
        assert (np.count_nonzero(drawn) == 0) == (initializer == "zeros")
    assert configurations[0] == configurations[1]


@pytest.mark.parametrize(
    "layer",
    [
        Scale(gamma_initializer="random_normal"),
        LocalResponseNormalization(size=3, alpha=0.5),
        AveragePooling2D(pool_size=3, strides=2, padding=1),
        MaxPooling2D(pool_size=3, strides=2, padding=1),
        AdaptiveAveragePooling2D(output_size=4),
        AdaptiveMaxPooling2D(output_size=4),
        Conv2D(filters=2, kernel_size=3, strides=2, dilation_rate=2),
    ],
    ids=lambda layer: type(layer).__name__,
)
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_keras_has_not_is_saved_and_loaded_too(layer: Layer, dtype: str, tmp_path: Path) -> None:
    import keras

    graph = single(layer, (6, 6, 4))
    model, _ = load(graph, dtype=dtype)
    inputs = {"a": np.random.default_rng(0).normal(size=(1, 6, 6, 4))}
    expected = runtime.run(graph, model, inputs)["result"]
    assert np.isfinite(expected).all()
    assert model.outputs[0].dtype == dtype
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(runtime.run(graph, again, inputs)["result"], expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_weights_keep_their_bits(dtype: str) -> None:
    model, weights = load(DENSE, dtype=dtype)
    found = to_canonical(DENSE, model)
    assert list(found) == list(weights)
    type_here = np.float32 if dtype == "bfloat16" else np.dtype(dtype)
    for name, array in weights.items():
        assert found[name].dtype == type_here
        np.testing.assert_allclose(found[name], array, rtol=2**-8 if "16" in dtype else 2**-23)
        if dtype == "float64":
            assert found[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_large_weight_is_copied_too(dtype: str) -> None:
    graph = single(Dense(units=1024), (1024,))
    weights = {name: array.astype(np.float32) for name, array in random_weights(graph).items()}
    weights["layer:kernel"].flags.writeable = False
    model = runtime.load(graph, source(graph), "build", weights, dtype=dtype)
    kernel = to_canonical(graph, model)["layer:kernel"]
    np.testing.assert_allclose(kernel, weights["layer:kernel"], rtol=0, atol=2**-6 if "16" in dtype else 0)
    weights["layer:kernel"].flags.writeable = True
    weights["layer:kernel"][...] = 0
    assert to_canonical(graph, model)["layer:kernel"].tobytes() == kernel.tobytes()


def test_weights_that_do_not_fit_are_all_named() -> None:
    weights = {"layer:kernel": np.zeros((3, 4)), "layer:gamma": np.zeros(3)}
    with pytest.raises(WeightsError) as caught:
        runtime.load(DENSE, source(DENSE), "build", weights)
    for name in ("layer:kernel", "layer:gamma", "layer:bias"):
        assert name in str(caught.value)


def test_another_model_is_refused() -> None:
    model, _ = load(single(Dense(units=3), (5,)))
    with pytest.raises(WeightsError, match=r"layer:kernel is \(5, 3\) and not \(4, 3\)"):
        to_canonical(DENSE, model)
    with pytest.raises(WeightsError, match="no other:kernel"):
        to_canonical(single(Dense(units=3), (5,), path="other"), model)


def test_several_inputs_and_outputs_go_by_name() -> None:
    vector = TensorType((2,))
    first = Node("p", ReLU(), (Input("a", vector),), (vector,))
    second = Node("q", ReLU(), (Input("b", vector),), (vector,))
    outputs = {"second": second.result, "first": first.result}
    graph = Graph("two", {"b": vector, "a": vector}, (first, second), outputs)
    text = (
        "import keras\nfrom keras import layers\n\n\ndef build():\n"
        "    b = keras.Input((2,), name='b')\n    a = keras.Input((2,), name='a')\n"
        "    return keras.Model([b, a], {'second': layers.ReLU()(b), 'first': layers.ReLU()(a)})\n"
    )
    model = runtime.load(graph, text, "build", {})
    found = runtime.run(graph, model, {"a": np.ones((1, 2)), "b": np.full((1, 2), 2.0)})
    assert {name: array.tolist() for name, array in found.items()} == {"first": [[1, 1]], "second": [[2, 2]]}


def test_the_users_settings_come_back() -> None:
    keras = runtime.framework()
    keras.config.set_image_data_format("channels_first")
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model, _ = load(single(Conv2D(filters=2, kernel_size=1), (3, 3, 2)), dtype="float64")
        assert model.dtype_policy.name == "float64"
        assert keras.config.floatx() == "float32"
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        assert keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_image_data_format("channels_last")
        keras.config.set_dtype_policy("float32")


def test_tensor_float_32_is_off_only_while_running() -> None:
    import tensorflow as tf

    model, _ = load(DENSE)
    settings = tf.config.experimental
    assert settings.tensor_float_32_execution_enabled()
    with runtime.comparable(model):
        assert not settings.tensor_float_32_execution_enabled()
    assert settings.tensor_float_32_execution_enabled()


def test_devices() -> None:
    import tensorflow as tf

    model, _ = load(DENSE)
    assert runtime.device_of(model).startswith("cpu")
    if not tf.config.list_physical_devices("GPU"):
        with pytest.raises(BackendMissingError, match="no GPU"):
            runtime.load(DENSE, source(DENSE), "build", random_weights(DENSE), device="cuda")
    for wrong in ({"device": "tpu"}, {"dtype": "int8"}):
        with pytest.raises(ArchspecError, match=next(iter(wrong.values()))):
            runtime.load(DENSE, source(DENSE), "build", random_weights(DENSE), **wrong)


def test_a_traceback_shows_the_emitted_line() -> None:
    text = "def build():\n    raise ValueError(40 + 2)\n"
    with pytest.raises(ValueError, match="42") as caught:
        runtime.load(DENSE, text, "build", {})
    assert "raise ValueError(40 + 2)" in "".join(traceback.format_exception(caught.value))


def test_the_same_source_is_the_same_module() -> None:
    first, second = (load(single(Scale(), (4,)))[0] for _ in range(2))
    assert type(first.layers[-1]) is type(second.layers[-1])


PREAMBLE = "from archspec_tensorflow import runtime\nfrom archspec.errors import BackendMissingError\n"


def run_python(text: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    import os

    variables = {**os.environ, "PYTHONPATH": ":".join(sys.path), **environment}
    variables = {name: value for name, value in variables.items() if value}
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=variables, check=False)
    return done.stdout + done.stderr


def test_another_keras_backend_is_refused() -> None:
    ask = "try:\n    runtime.framework()\nexcept BackendMissingError as error:\n    print(error)\n"
    assert "set to run on jax" in run_python(PREAMBLE + ask, KERAS_BACKEND="jax")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs another backend of Keras")
@pytest.mark.slow
def test_keras_that_runs_on_another_backend_is_refused() -> None:
    ask = "import keras\ntry:\n    runtime.framework()\nexcept BackendMissingError as error:\n    print(error)\n"
    assert "set to run on torch" in run_python(PREAMBLE + ask, KERAS_BACKEND="torch")


def test_nothing_is_imported_before_it_is_needed() -> None:
    text = PREAMBLE + "import sys\nimport archspec_tensorflow.emit\nprint({'keras', 'tensorflow'} & set(sys.modules))\n"
    assert run_python(text, KERAS_BACKEND="") == "set()\n"


@pytest.mark.slow
def test_keras_runs_on_tensorflow_unless_told_otherwise() -> None:
    text = PREAMBLE + "import sys\nruntime.framework().ops.zeros(1)\nprint('imported', 'tensorflow' in sys.modules)\n"
    # What TensorFlow writes to stderr itself depends on the processor.
    assert "imported True" in run_python(text, KERAS_BACKEND="")


@pytest.mark.parametrize("ending", ["", "raise ImportError"])
def test_triton_is_loaded_before_tensorflow_which_it_cannot_follow(tmp_path: Path, ending: str) -> None:
    """Stand-ins for all of them say in which order they are loaded."""
    (tmp_path / "triton.py").write_text(f"print('triton')\n{ending}\n")
    (tmp_path / "keras.py").write_text(
        "import types\nimport tensorflow\nconfig = types.SimpleNamespace(backend=lambda: 'tensorflow')\n"
    )
    (tmp_path / "tensorflow.py").write_text("print('tensorflow')\n")
    text = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n{PREAMBLE}runtime.framework()\nprint('done')\n"
    assert run_python(text, KERAS_BACKEND="") == "triton\ntensorflow\ndone\n"


def test_a_network_that_is_too_deep_for_keras_is_told() -> None:
    graph = single(Dense(units=2), (2,))
    deep = "def build():\n    return build()\n"
    with pytest.raises(ArchspecError, match="Keras cannot build a network this deep"):
        runtime.load(graph, deep, "build", random_weights(graph), "float32", "cpu")
