"""TensorFlow's SavedModel, by Keras; run by TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from archspec.backend import Arrays
from archspec.ir import Graph
from archspec_tensorflow.export.named import named


def export(graph: Graph, model: keras.Model, path: Path) -> None:
    """Write the folder; its signature `serving_default` has the names of the network's inputs and outputs."""
    named(graph, model).export(path, format="tf_saved_model", verbose=False)


def run(graph: Graph, path: Path, batches: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The outputs of TensorFlow on the CPU."""
    with tf.device("cpu:0"):
        loaded = tf.saved_model.load(path)
        signature = loaded.signatures["serving_default"]
        made = [signature(**{name: tf.constant(inputs[name]) for name in graph.inputs}) for inputs in batches]
    return [{name: outputs[name].numpy() for name in graph.outputs} for outputs in made]
