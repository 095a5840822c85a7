"""A graph as a live model of a backend, and what that computes."""

from __future__ import annotations

from typing import Any

from archspec.backend import Arrays, Backend
from archspec.ir import Graph


def load(graph: Graph, backend: Backend, weights: Arrays, dtype: str = "float64", device: str = "cpu") -> Any:
    """The model that the backend's own source makes."""
    return backend.load(graph, backend.emit(graph), weights, dtype=dtype, device=device)


def run_once(
    graph: Graph, backend: Backend, weights: Arrays, inputs: Arrays, dtype: str, device: str
) -> dict[str, Any]:
    """The outputs by name of a model of this precision."""
    model = load(graph, backend, weights, dtype, device)
    return backend.run(graph, model, {name: array.astype(dtype) for name, array in inputs.items()})
