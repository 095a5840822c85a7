"""Small networks with every kind of layout, and files of weights for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import archspec
from archspec.checkpoints.containers.safetensors_files import write_safetensors
from archspec.weights import Stored, randomised

Array = npt.NDArray[Any]

MIXED: dict[str, Any] = {
    "archspec": 1,
    "name": "mixed",
    "inputs": {"image": [8, 8, 3]},
    "layers": [
        {"name": "stem", "layer_type": "Conv2D", "filters": 6, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"name": "bn", "layer_type": "BatchNormalization"},
        {"layer_type": "ReLU"},
        {"name": "dw", "layer_type": "DepthwiseConv2D", "kernel_size": 3, "padding": "same", "use_bias": False},
        {"name": "bn2", "layer_type": "BatchNormalization", "scale": False},
        {"name": "slope", "layer_type": "PReLU", "shared_axes": [1, 2]},
        {"layer_type": "Dropout", "rate": 0.5},
        {"layer_type": "Flatten"},
        {"name": "fc1", "layer_type": "Dense", "units": 5, "activation": "relu"},
        {"name": "fc2", "layer_type": "Dense", "units": 4},
    ],
}
"""Convolution, depthwise, normalisation with and without scale, slopes, and a Dense after a Flatten."""


def branches(first: str = "left", second: str = "right", *, widths: tuple[int, int] = (4, 4)) -> archspec.Network:
    """Two convolutions side by side, and one that reads both."""
    convolution = {"layer_type": "Conv2D", "kernel_size": 1}
    return archspec.load(
        {
            "archspec": 1,
            "name": "branches",
            "inputs": {"image": [4, 4, 3]},
            "layers": [
                {"name": first, **convolution, "filters": widths[0], "inputs": "image"},
                {"name": second, **convolution, "filters": widths[1], "inputs": "image"},
                {"layer_type": "Concatenate", "inputs": [first, second]},
                {"name": "last", **convolution, "filters": 2},
            ],
        }
    )


def mixed() -> archspec.Network:
    return archspec.load(MIXED)


def weights_of(network: archspec.Network, seed: int = 0) -> dict[str, Array]:
    """Weights of which no two are alike."""
    return dict(randomised(network.graph, seed))


def write(path: Path, arrays: dict[str, Array], dtype: str | None = None) -> Path:
    """The arrays as safetensors in this order; `dtype` says what they are where numpy does not know."""
    tensors = {
        name: Stored(array.shape, dtype or array.dtype.name, lambda a=array: a) for name, array in arrays.items()
    }
    write_safetensors(path, tensors, {})
    return path


def as_type(array: Array, dtype: str) -> Array:
    """The array in a type, its bits in uint16 for bfloat16."""
    if dtype != "bfloat16":
        return array.astype(dtype)
    return (array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
