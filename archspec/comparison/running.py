"""Builds a graph's model in a backend, and runs it."""

from __future__ import annotations

from typing import Any

from archspec.backend import Arrays, Backend
from archspec.ir import Graph


def load(graph: Graph, backend: Backend, weights: Arrays, dtype: str = "float64", device: str = "cpu") -> Any:
    """The model of the backend's emitted source."""
    return backend.load(graph, backend.emit(graph), weights, dtype=dtype, device=device)


def run_once(
    graph: Graph, backend: Backend, weights: Arrays, inputs: Arrays, dtype: str, device: str
) -> dict[str, Any]:
    """The outputs by name, computed in this precision."""
    model = load(graph, backend, weights, dtype, device)
    return backend.run(graph, model, {name: array.astype(dtype) for name, array in inputs.items()})
