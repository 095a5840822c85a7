"""Converts weights between canonical arrays and PyTorch's tensors and files, without loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file

from archspec.ir import Graph, Shape
from archspec.weights import check, require_none
from archspec_torch.places import counters, places

Array = npt.NDArray[Any]


def to_native(graph: Graph, canonical: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    """The state_dict for these weights, with the same element types; counters are 0.

    Raises `WeightsError` unless there is exactly one array for each weight of the network.
    """
    check(canonical, graph)
    state = {}
    for place in places(graph):
        array = canonical[place.canonical]
        # PyTorch does not know NumPy's extension type bfloat16.
        extended = array.dtype.kind != "f" and array.dtype.name == "bfloat16"
        tensor = torch.from_numpy(place.move_to_native(array.view(np.int16) if extended else array))
        state[place.native] = tensor.view(torch.bfloat16) if extended else tensor
    return state | {name: torch.zeros((), dtype=torch.int64) for name in counters(graph)}


def to_canonical(graph: Graph, state: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """The canonical arrays of a state_dict, with the same element types; bfloat16 becomes float32.

    Raises `WeightsError` unless there is exactly one tensor for each weight of the network; counters are optional.
    """
    found = list(places(graph))
    ignored = frozenset(counters(graph))
    given = {name: tensor for name, tensor in state.items() if name not in ignored}
    faults = list(_faults({place.native: place.native_shape for place in found}, given))
    require_none(faults, f"the state_dict is not one of {graph.name}")
    return {place.canonical: place.move_to_canonical(_array(given[place.native])) for place in found}


def save(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a state_dict: by torch.save to a file .pth or .pt, otherwise as safetensors.

    The metadata are those that the library transformers requires.
    """
    if path.suffix in {".pth", ".pt"}:
        torch.save(dict(state), path)
    else:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
        save_file(tensors, path, {"format": "pt"})


def _array(tensor: torch.Tensor) -> Array:
    tensor = tensor.detach().cpu()
    array: Array = (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy()
    return array


def _faults(expected: Mapping[str, Shape], given: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """A phrase for each missing, unknown or misshapen tensor."""
    yield from (f"{name} is missing" for name in expected if name not in given)
    yield from (f"{name} is not in the network" for name in given if name not in expected)
    for name, shape in expected.items():
        if name in given and tuple(given[name].shape) != shape:
            yield f"{name} is {tuple(given[name].shape)}, and the network's is {shape}"
