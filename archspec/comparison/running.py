"""Builds a graph's model in a backend, and runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.backend import Arrays, Backend
from archspec.ir import Graph
from archspec.passes import with_sizes


def load(graph: Graph, backend: Backend, weights: Arrays, dtype: str = "float64", device: str = "cpu") -> Any:
    """The model of the backend's emitted source."""
    return backend.load(graph, backend.emit(graph), weights, dtype=dtype, device=device)


def run_model(
    graph: Graph, backend: Backend, weights: Arrays, samples: Sequence[Arrays], dtype: str, device: str
) -> list[dict[str, Any]]:
    """The outputs by name for each of the samples, computed by one model of this precision."""
    model = load(graph, backend, weights, dtype, device)
    given = ({name: array.astype(dtype) for name, array in inputs.items()} for inputs in samples)
    return [backend.run(graph, model, each) for each in given]


def at_size_of(graph: Graph, inputs: Arrays) -> Graph:
    """The network with the sizes of these inputs, which have a batch axis; itself where its axes are known."""
    return with_sizes(graph, {name: tuple(array.shape[1:]) for name, array in inputs.items()})
