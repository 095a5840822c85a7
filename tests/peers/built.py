"""How many weights a built model has, as its framework counts them: (total, trainable)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras
    from torch import nn


def _torch(model: nn.Module) -> tuple[int, int]:
    """The counters of batches are no weights."""
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    buffers = (buffer for name, buffer in model.named_buffers() if not name.endswith("num_batches_tracked"))
    return trainable + sum(buffer.numel() for buffer in buffers), trainable


def _keras(model: keras.Model) -> tuple[int, int]:
    """The counters of Normalization are no weights."""
    weights = (variable for variable in model.weights if not variable.dtype.startswith("int"))
    trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    return sum(int(np.prod(variable.shape)) for variable in weights), trainable


count: Mapping[str, Callable[[Any], tuple[int, int]]] = MappingProxyType({"torch": _torch, "tensorflow": _keras})
"""By the backend's name."""
