"""Writes canonical weights to files of the frameworks."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from archspec.backend import Backend, ConvertingBackend, StreamingBackend, find_backend
from archspec.checkpoints.checkpoint import CANONICAL
from archspec.checkpoints.containers import write_safetensors
from archspec.errors import ArchspecError
from archspec.files import beside, check_file, check_space
from archspec.ir import Graph
from archspec.weights import (
    FLOATING,
    Bits,
    NativeLayout,
    NativeWeight,
    Stored,
    StoredWeights,
    canonical_layout,
)

STREAMED = ".safetensors"
"""The endings of files that are written a tensor at a time, without the framework."""


def wrong_ending(path: Path, framework: str) -> str | None:
    """A sentence if a framework has no files of weights with this ending; None if it has.

    Raises `BackendMissingError` for an unknown framework.
    """
    backend = None if framework == CANONICAL else find_backend(framework)
    known: tuple[str, ...]
    if backend is None:
        known = (STREAMED,)
    else:
        known = backend.checkpoints if isinstance(backend, ConvertingBackend) else (Path(backend.weights_file).suffix,)
    return None if path.name.endswith(known) else f"for {framework} the file's name has to end in {' or '.join(known)}"


def check_target(path: Path, framework: str) -> None:
    """Raises `ArchspecError` for a wrong ending, and `OSError` for a file that cannot be created."""
    if wrong := wrong_ending(path, framework):
        raise ArchspecError(f"{path}: {wrong}")
    check_file(path)


def write_weights(graph: Graph, weights: StoredWeights, path: Path, framework: str) -> None:
    """Write weights with a framework's names and layouts, or canonical ones. The file appears when it is complete.

    Safetensors are written a tensor at a time, each in its own type. Other files are written by the framework's model,
    in one type that holds all values. The model is in memory then, unless the backend can write without it.

    Raises as `check_target` does.
    """
    check_target(path, framework)
    check_space(path.parent, sum(stored.size * FLOATING[stored.dtype].itemsize for stored in weights.stored.values()))
    backend = None if framework == CANONICAL else find_backend(framework)
    with beside(path) as temporary:
        if path.suffix != STREAMED:
            assert backend is not None
            _write_whole(backend, graph, weights, temporary)
        elif backend is None:
            _write_streamed(canonical_layout(graph), weights, temporary, "archspec")
        elif isinstance(backend, ConvertingBackend):
            _write_streamed(backend.native_layout(graph), weights, temporary, "pt")


def _write_whole(backend: Backend, graph: Graph, weights: StoredWeights, path: Path) -> None:
    if isinstance(backend, StreamingBackend):
        backend.write_weights(graph, weights, common_dtype(weights), path)
        return
    model = backend.load(graph, backend.emit(graph), weights, dtype=common_dtype(weights), device="cpu")
    backend.save_weights(model, path)


def common_dtype(weights: StoredWeights) -> str:
    """The type of all weights, or the narrowest type that holds all values of all their types."""
    dtypes = weights.dtypes or {"float32"}
    if len(dtypes) == 1:
        return next(iter(dtypes))
    return "float64" if "float64" in dtypes else "float32"


def _write_streamed(layout: NativeLayout, weights: StoredWeights, path: Path, form: str) -> None:
    tensors = {weight.names[0]: _native(weight, weights.stored[weight.canonical]) for weight in layout.weights} | {
        name: Stored((), "int64", partial(np.zeros, (), np.int64)) for name in layout.counters
    }
    write_safetensors(path, tensors, {"format": form})


def _native(weight: NativeWeight, stored: Stored) -> Stored:
    def read() -> Bits:
        return weight.move_to_native(stored.read())

    return Stored(weight.native_shape, stored.dtype, read)
