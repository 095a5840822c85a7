"""How many weights a built model has, as its framework counts them: (total, trainable)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from archspec import Network
from archspec.backend import Arrays, find_backend
from archspec.ir import Graph

if TYPE_CHECKING:
    import keras
    from torch import nn


def _torch(model: nn.Module) -> tuple[int, int]:
    """The counters of batches are no weights."""
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    buffers = (buffer for name, buffer in model.named_buffers() if not name.endswith("num_batches_tracked"))
    return trainable + sum(buffer.numel() for buffer in buffers), trainable


def _keras(model: keras.Model) -> tuple[int, int]:
    return model.count_params(), sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


count: Mapping[str, Callable[[Any], tuple[int, int]]] = MappingProxyType({"torch": _torch, "tensorflow": _keras})
"""By the backend's name."""


class CountingBackend:
    """A backend whose models are found to have as many weights as the network should, whenever one is made."""

    def __init__(self, name: str, network: Network) -> None:
        self._backend = find_backend(name)
        self._expected = network.parameters()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def load(self, graph: Graph, source: str, weights: Arrays, *, dtype: str, device: str) -> Any:
        """See `Backend.load`."""
        model = self._backend.load(graph, source, weights, dtype=dtype, device=device)
        assert count[self._backend.name](model) == self._expected
        return model
