"""Runs a model as a user of Keras does who wants it fast, for measurements."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from archspec_tensorflow.runtime import framework, place_of

if TYPE_CHECKING:
    import keras

_VARIABLE = "TF_NUM_INTRAOP_THREADS"
"""TensorFlow reads the number of its threads here, unless a program sets it."""


def runner(model: keras.Model, inputs: Mapping[str, npt.NDArray[Any]]) -> Callable[[], Any]:
    """See `TimedBackend.runner`; the pass is a graph for these shapes."""
    framework()
    import tensorflow as tf

    return _pass(model, inputs, tf.function(lambda values: model(values, training=False), autograph=False))


def frozen_runner(model: keras.Model, inputs: Mapping[str, npt.NDArray[Any]]) -> Callable[[], Any]:
    """See `FreezingBackend.frozen_runner`; the pass is that of emitted programs."""
    framework()
    from archspec_tensorflow.emit.helpers.frozen import frozen

    return _pass(model, inputs, frozen(model))


def _pass(
    model: keras.Model, inputs: Mapping[str, npt.NDArray[Any]], function: Callable[[Any], Any]
) -> Callable[[], Any]:
    """A call of a function of the model on these inputs."""
    keras = framework()
    import tensorflow as tf

    in_order = iter(inputs.values())

    def convert(wanted: Any) -> Any:
        # A third party's network has other names for its inputs.
        array = inputs[wanted.name] if wanted.name in inputs else next(in_order)
        return tf.convert_to_tensor(array, wanted.dtype)

    place = place_of(model)
    with tf.device(place):
        given = keras.tree.map_structure(convert, model.input)
    on_gpu = tf.DeviceSpec.from_string(place).device_type == "GPU"

    def run() -> Any:
        outputs = function(given)
        if on_gpu:
            tf.test.experimental.sync_devices()
        return outputs

    return run


def threads() -> int:
    """See `TimedBackend.threads`: the number that is set, or else one for each processor."""
    framework()
    import tensorflow as tf

    said = tf.config.threading.get_intra_op_parallelism_threads() or int(os.environ.get(_VARIABLE) or 0)
    return said or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def device_peak(run: Callable[[], Any]) -> int:
    """See `TimedBackend.device_peak`."""
    import tensorflow as tf

    tf.config.experimental.reset_memory_stats("GPU:0")
    run()
    peak: int = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    return peak
