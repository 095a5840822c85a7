"""A backend that writes networks of a few layer types as NumPy programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.weights import check
from archspec_numpy.emit import emit
from archspec_numpy.model import NumpyModel

Arrays = Mapping[str, Any]


class NumpyBackend:
    """See `archspec.backend.Backend` for what its methods promise."""

    name = "numpy"
    weights_file = "model.npz"

    def emit(self, graph: Graph, dtype: str = "float32") -> str:
        return emit(graph)

    def entry_point(self, graph: Graph) -> str:
        return "network"

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> NumpyModel:
        if device == "cuda":
            raise ArchspecError("NumPy runs on the CPU only")
        check(weights, graph)
        return NumpyModel(source, {name: np.asarray(array, dtype) for name, array in weights.items()})

    def run(self, graph: Graph, model: NumpyModel, inputs: Arrays) -> dict[str, Any]:
        return dict(zip(graph.outputs, model(*(inputs[name] for name in graph.inputs)), strict=True))

    def read_weights(self, graph: Graph, model: NumpyModel) -> dict[str, Any]:
        return dict(model.weights)

    def save_weights(self, model: NumpyModel, path: Path) -> None:
        np.savez(path, **model.weights)

    def owns(self, model: Any) -> bool:
        return isinstance(model, NumpyModel)

    def device_of(self, model: NumpyModel) -> str:
        return f"cpu, NumPy {np.__version__}"

    def versions(self) -> dict[str, str]:
        return {"numpy": np.__version__}


BACKEND: Final = NumpyBackend()
