"""Canonical weights in safetensors files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from archspec.errors import ArchspecError
from archspec.files import beside
from archspec.ir import Graph
from archspec.weights.names import weight_shapes
from archspec.weights.stored import StoredWeights

Weights = Mapping[str, NDArray[np.floating]]


class WeightsError(ArchspecError):
    """The weights are not this network's, or the file has no weights; the message has the faults."""


def save(path: str | os.PathLike[str], weights: Weights) -> None:
    """Write weights to a file, which appears only when it is complete."""
    from safetensors.numpy import save_file

    with beside(path) as temporary:
        save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, temporary)


def load(path: str | os.PathLike[str], graph: Graph) -> dict[str, NDArray[np.floating]]:
    """Read a network's weights, in its order; raises `WeightsError` if the file has others, `OSError` if none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        found = load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{os.fspath(path)} is not a safetensors file: {error}") from None
    check(found, graph)
    return {name: found[name] for name in weight_shapes(graph)}


def check(weights: Weights, graph: Graph) -> None:
    """Raise `WeightsError` unless these are numbers with the names and shapes of the network's weights."""
    if not isinstance(weights, Mapping):
        raise WeightsError(f"weights are a mapping of names to arrays, not {type(weights).__name__}")
    if not isinstance(weights, StoredWeights):
        _check_arrays(weights)
    shapes, found = weight_shapes(graph), _shapes(weights)
    faults = [
        *(f"{name} is missing" for name in shapes if name not in found),
        *(f"{name} is not a weight of the network" for name in found if name not in shapes),
        *(
            f"{name} is {found[name]}, and the network's is {shape}"
            for name, shape in shapes.items()
            if name in found and found[name] != shape
        ),
    ]
    require_none(faults, f"the weights are not those of {graph.name}")


def require_none(faults: Sequence[str], verdict: str) -> None:
    """Raise `WeightsError` with the verdict and the first faults if there are any."""
    if faults:
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise WeightsError(f"{verdict}: {'; '.join(faults[:5])}{more}")


def _check_arrays(weights: Mapping[str, object]) -> None:
    """Raise `WeightsError` for the first value that is not an array of floating-point numbers."""
    for name, array in weights.items():
        if not isinstance(array, np.ndarray):
            raise WeightsError(
                f"the weight {name} has to be a numpy.ndarray under its canonical name, and it is a "
                f"{type(array).__name__}: archspec.read_weights gives those of a model, read_checkpoint of a file"
            )
        if array.dtype.kind != "f" and array.dtype.name != "bfloat16":
            raise WeightsError(f"the weight {name} has floating-point numbers, not {array.dtype.name}")


def _shapes(weights: Weights) -> dict[str, tuple[int, ...]]:
    # Shapes of stored weights are known without reading them.
    values = weights.stored if isinstance(weights, StoredWeights) else weights
    return {name: value.shape for name, value in values.items()}
