"""LiteRT's files (TensorFlow Lite), by Keras; run by LiteRT's interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from archspec.backend import Arrays
from archspec.backend.exporting import Run
from archspec.ir import Graph
from archspec_tensorflow.export.named import named


def export(graph: Graph, model: keras.Model, path: Path) -> None:
    """Write the file; its signature `serving_default` has the names of the network's inputs and outputs."""
    named(graph, model).export(path, format="litert", verbose=False)


def quantize(graph: Graph, model: keras.Model, path: Path, calibration: Sequence[Arrays]) -> None:
    """Write a file of int8, by TensorFlow's converter; its inputs and outputs stay float32."""

    def examples() -> Iterator[dict[str, Any]]:
        return ({name: inputs[name] for name in graph.inputs} for inputs in calibration)

    settings = {"optimizations": [tf.lite.Optimize.DEFAULT], "representative_dataset": examples}
    named(graph, model).export(path, format="litert", verbose=False, **settings)


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """LiteRT's run of the file on the CPU."""
    runner = Interpreter(str(path), num_threads=threads).get_signature_runner("serving_default")

    def run(inputs: Arrays) -> dict[str, Any]:
        outputs = runner(**{name: inputs[name] for name in graph.inputs})
        # The interpreter uses the memory of the outputs again.
        return {name: outputs[name].copy() for name in graph.outputs}

    return run
