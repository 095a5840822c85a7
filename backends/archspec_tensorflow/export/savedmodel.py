"""TensorFlow's SavedModel, by Keras; run by TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from archspec.backend import Arrays
from archspec.backend.exporting import Run
from archspec.ir import Graph
from archspec_tensorflow.export.named import named


def export(graph: Graph, model: keras.Model, path: Path) -> None:
    """Write the folder; its signature `serving_default` has the names of the network's inputs and outputs."""
    named(graph, model).export(path, format="tf_saved_model", verbose=False)


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """TensorFlow's run of the folder on the CPU, with TensorFlow's threads."""
    with tf.device("cpu:0"):
        loaded = tf.saved_model.load(path)

    def run(inputs: Arrays) -> dict[str, Any]:
        with tf.device("cpu:0"):
            outputs = loaded.signatures["serving_default"](**{name: tf.constant(inputs[name]) for name in graph.inputs})
        return {name: outputs[name].numpy() for name in graph.outputs}

    return run
