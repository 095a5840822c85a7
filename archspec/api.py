"""What the package offers as functions, in the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.backend import backend_names, find_backend
from archspec.comparison import ParityReport, compare, enough_samples, random_inputs
from archspec.errors import ArchspecError
from archspec.network import Network
from archspec.reading import load
from archspec.weights import randomised


def read_weights(network: Network, model: Any) -> dict[str, Any]:
    """The weights of a compiled model as `numpy.ndarray`s under their canonical names, in canonical layouts.

    The model is an emitted one, or any whose weights bear the same names (torchvision's, for the zoo's ResNets).
    """
    for name in backend_names():
        backend = find_backend(name)
        if backend.owns(model):
            return backend.read_weights(network.graph, model)
    raise ArchspecError(f"no backend knows a model of type {type(model).__module__}.{type(model).__qualname__}")


def parity(
    network: Network, *, backends: Sequence[str] = ("torch", "tensorflow"), seed: int = 0, batch: int | None = None
) -> ParityReport:
    """Whether the backends compute the same function, in evaluation mode on the CPU.

    Weights are drawn from `seed` with batch normalisation's statistics randomised; inputs are standard normal. The
    outputs are compared in float64, and each backend's float32 outputs with its float64 ones. Without `batch` there are
    as many samples as make the smallest output worth judging. Raises `ArchspecError` unless there are two backends.
    """
    if isinstance(backends, str) or len(set(backends)) < 2 or len(set(backends)) < len(backends):
        raise ArchspecError("parity needs two or more different backends, as a sequence of their names")
    weights = randomised(network.graph, seed)
    inputs = random_inputs(network.graph, seed, batch or enough_samples(network.graph))
    return compare(network.graph, [find_backend(name) for name in backends], weights, inputs, seed=seed)


__all__ = ["load", "parity", "read_weights"]
