"""Builds a keras.Model from emitted source, and runs it."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from archspec.backend.execution import check_device, check_dtype, execute
from archspec.errors import ArchspecError, BackendMissingError
from archspec.ir import Graph
from archspec.ir.initializers import NAMED, Constant, TorchDefault
from archspec.layers.initializers import WITH_PARAMETERS
from archspec.weights import StoredWeights
from archspec_tensorflow.exact import exact_functions
from archspec_tensorflow.weights import Array, assign, to_array, write

if TYPE_CHECKING:
    import keras

_DEVICES: Mapping[str, str | None] = {"auto": None, "cpu": "cpu:0", "cuda": "gpu:0"}
"""The words for devices."""


def framework() -> ModuleType:
    """The `keras` package, on TensorFlow and without its messages.

    Raises `BackendMissingError` if TensorFlow is not installed, or if Keras runs or is set to run on another backend.
    """
    chosen = os.environ.setdefault("KERAS_BACKEND", "tensorflow") if "keras" not in sys.modules else "tensorflow"
    if chosen == "tensorflow":
        # TensorFlow reports the hardware on stderr during its import.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        _load_triton()
        try:
            import keras
            import tensorflow  # noqa: F401
        except ModuleNotFoundError as error:
            raise BackendMissingError(
                f"the tensorflow backend needs {error.name}: pip install tensorflow keras h5py"
            ) from error
        chosen = keras.config.backend()
    if chosen != "tensorflow":
        raise BackendMissingError(
            f"Keras is set to run on {chosen}: set the environment variable KERAS_BACKEND to tensorflow "
            "before Keras is imported"
        )
    found: ModuleType = sys.modules["keras"]
    return found


def _load_triton() -> None:
    """Load Triton, which PyTorch's optimisers use, before TensorFlow, if it is installed.

    TensorFlow 2.20 and later exports its LLVM symbols to libraries that are loaded later. Triton has another LLVM and
    crashes then: https://github.com/tensorflow/tensorflow/issues/124205.
    """
    if "tensorflow" not in sys.modules:
        with suppress(ImportError):
            importlib.import_module("triton")


def load(
    graph: Graph,
    source: str,
    function_name: str,
    weights: Mapping[str, Array] | None = None,
    dtype: str = "float32",
    device: str = "auto",
) -> keras.Model:
    """Build the model with the function `function_name` of the emitted source, and assign canonical weights.

    `dtype` and `device` are words of `archspec.backend`. Without weights the model keeps the ones that Keras drew.
    Keras's settings are restored.
    """
    framework()
    place = device_name(device)
    module = execute(source, graph.name)
    with settings(dtype), nullcontext() if place is None else framework().device(place):
        with nullcontext() if weights is None else _drawing_nothing():
            model = _built(module, function_name)
        if weights is not None:
            assign(graph, model, weights)
    return model


def _built(module: ModuleType, function_name: str) -> keras.Model:
    """The model of the source; raises `ArchspecError` if it is too deep for Keras's recursion."""
    try:
        model: keras.Model = getattr(module, function_name)()
    except RecursionError:
        raise ArchspecError(
            "Keras cannot build a network this deep: it goes back from the outputs with a call inside another for each "
            f"layer, and Python allows {sys.getrecursionlimit()}; sys.setrecursionlimit allows more"
        ) from None
    return model


def write_weights(
    graph: Graph, source: str, function_name: str, weights: StoredWeights, dtype: str, path: Path
) -> None:
    """Write Keras's file of canonical weights, with at most one of them in memory.

    The model is only built for its structure. Its weights take no memory, because nothing writes to them.
    """
    framework()
    module = execute(source, graph.name)
    with settings(dtype), framework().device("cpu:0"), _drawing_nothing():
        model = _built(module, function_name)
    write(graph, model, weights, dtype, path)


def run(graph: Graph, model: keras.Model, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """The outputs by their names, in inference mode, for inputs by their names: (batch, ...), channels last."""
    keras = framework()

    def convert(wanted: Any) -> object:
        return keras.ops.convert_to_tensor(inputs[wanted.name], wanted.dtype)

    with comparable(model):
        outputs = model(keras.tree.map_structure(convert, model.input), training=False)
    if not isinstance(outputs, Mapping):
        outputs = dict.fromkeys(graph.outputs, outputs)
    return {name: to_array(outputs[name]) for name in graph.outputs}


@contextmanager
def comparable(model: keras.Model) -> Iterator[None]:
    """Compute on the device of the model's weights, without TensorFloat-32, which rounds to 10 bits.

    Float64 models are computed in float64 throughout: see `exact_functions`.
    """
    import tensorflow as tf

    settings = tf.config.experimental
    before = settings.tensor_float_32_execution_enabled()
    settings.enable_tensor_float_32_execution(False)
    try:
        with exact_functions(), nullcontext() if not model.variables else tf.device(place_of(model)):
            yield
    finally:
        settings.enable_tensor_float_32_execution(before)


def device_of(model: keras.Model) -> str:
    """A description of the model's device: the GPU's name, or the processor's architecture."""
    import tensorflow as tf

    spec = tf.DeviceSpec.from_string(place_of(model))
    if spec.device_type != "GPU":
        return f"cpu ({platform.machine()}), TensorFlow {tf.__version__}"
    gpu = tf.config.list_physical_devices("GPU")[spec.device_index]
    name = tf.config.experimental.get_device_details(gpu).get("device_name", "GPU")
    return f"{name}, TensorFlow {tf.__version__}"


def save_weights(model: keras.Model, path: Path) -> None:
    """Write Keras's file of weights, whose name must end in `.weights.h5`."""
    model.save_weights(path, overwrite=True)


def place_of(model: keras.Model) -> str:
    """TensorFlow's name for the device of the model's weights; without weights, for the default device."""
    import tensorflow as tf

    place: str = model.variables[0].value.device if model.variables else tf.zeros(()).device
    return place


def device_name(word: str) -> str | None:
    """Keras's name for a word for a device; None leaves the choice to TensorFlow. Raises `BackendMissingError`."""
    check_device(word)
    import tensorflow as tf

    if word == "cuda" and not tf.config.list_physical_devices("GPU"):
        raise BackendMissingError("TensorFlow finds no GPU on this machine: take the device cpu or auto")
    return _DEVICES[word]


@contextmanager
def settings(dtype: str) -> Iterator[None]:
    """Set Keras to this element type and channels last, and restore the user's settings afterwards."""
    check_dtype(dtype)
    config = framework().config
    before = config.floatx(), config.dtype_policy(), config.image_data_format()
    config.set_floatx(dtype)
    config.set_dtype_policy(dtype)
    config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        config.set_floatx(before[0])
        config.set_dtype_policy(before[1])
        config.set_image_data_format(before[2])


@contextmanager
def _drawing_nothing() -> Iterator[None]:
    """Build without drawing initial values, for models that get weights afterwards: drawing would take longer."""
    keras = framework()
    import tensorflow as tf

    made: list[Any] = []

    def stand_in(kind: type) -> type:
        class Undrawn(kind):  # type: ignore[misc]
            def __init__(self, *values: object, **named: object) -> None:
                super().__init__(*values, **named)
                made.append(self)

            def __call__(self, shape: tuple[int, ...], dtype: str | None = None, **options: object) -> object:
                # Untouched memory costs nothing.
                return tf.raw_ops.Empty(shape=shape, dtype=keras.backend.standardize_dtype(dtype), init=False)

        return Undrawn

    random = [name for name, meant in NAMED.items() if not isinstance(meant, Constant | TorchDefault)]
    names = [*random, *(kind.__name__ for kind in WITH_PARAMETERS.values())]
    kinds = {name: stand_in(type(keras.initializers.get(name))) for name in names}
    with keras.utils.custom_object_scope(kinds):
        yield
    for each in made:
        # The model's configuration must have the initializers of the source.
        each.__class__ = type(each).__base__


def count_gpus() -> int:
    """See `RecipeBackend.count_gpus`."""
    framework()
    import tensorflow as tf

    return len(tf.config.list_physical_devices("GPU"))
