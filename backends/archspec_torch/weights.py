"""Weights between archspec's canonical arrays and PyTorch's tensors and files; the way there and back is exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file

from archspec.ir import Graph, Shape
from archspec.weights import Bits, Stored, WeightsError, check
from archspec_torch.places import counters, places

Array = npt.NDArray[Any]

_LISTED = 5

_LARGE = 1 << 24
"""Bytes of a tensor that is not to stay in memory."""

_DEEPEST = 8
_MOST = 1_000_000
"""Dicts around a tensor, and entries of dicts, that are looked at: one dict may stand in many places of others."""

Keys = tuple[str, ...]
"""The keys of the dicts around a tensor, and its name."""


def to_native(graph: Graph, canonical: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    """The state_dict for these weights, of the same element types; counters start at 0.

    Raises `WeightsError` unless there is exactly one array for each weight of the network.
    """
    check(canonical, graph)
    state = {}
    for place in places(graph):
        array = canonical[place.canonical]
        # bfloat16 is an extension of numpy that torch does not know.
        extended = array.dtype.kind != "f" and array.dtype.name == "bfloat16"
        tensor = torch.from_numpy(place.move_to_native(array.view(np.int16) if extended else array))
        state[place.native] = tensor.view(torch.bfloat16) if extended else tensor
    return state | {name: torch.zeros((), dtype=torch.int64) for name in counters(graph)}


def to_canonical(graph: Graph, state: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """The canonical arrays of a state_dict, of the same element types (but bfloat16, which becomes float32).

    Raises `WeightsError` unless there is exactly one tensor for each weight of the network; counters may be there.
    """
    found = list(places(graph))
    ignored = frozenset(counters(graph))
    given = {name: tensor for name, tensor in state.items() if name not in ignored}
    faults = list(_faults({place.native: place.native_shape for place in found}, given))
    if faults:
        more = f"; and {len(faults) - _LISTED} more" if len(faults) > _LISTED else ""
        raise WeightsError(f"the state_dict is not one of {graph.name}: {'; '.join(faults[:_LISTED])}{more}")
    return {place.canonical: place.move_to_canonical(_array(given[place.native])) for place in found}


def save(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Write a state_dict, as safetensors or, where the file's name ends in .pth or .pt, as torch.save does."""
    if path.suffix in {".pth", ".pt"}:
        torch.save(dict(state), path)
    else:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}, path)


def stored(path: Path) -> dict[Keys, Stored]:
    """The tensors in a checkpoint of torch.save by the keys of the dicts around them, in the order of the file.

    No code in it is run. Raises `WeightsError` where there are none, or more than tensors.
    """
    loaded = _loaded(path)
    found = {keys: _stored(path, keys, tensor) for keys, tensor in _tensors(loaded).items()}
    if not found:
        has = (
            f"; it has {', '.join(map(str, list(loaded)[:_LISTED]))}" if isinstance(loaded, Mapping) and loaded else ""
        )
        raise WeightsError(f"{path} has no state_dict{has}")
    return found


def _tensors(loaded: object) -> dict[Keys, torch.Tensor]:
    """The tensors in dicts within dicts."""
    entries = list(islice(_entries(loaded, ()), _MOST))
    return {keys: value for keys, value in entries if isinstance(value, torch.Tensor)}


def _entries(value: object, keys: Keys) -> Iterator[tuple[Keys, object]]:
    """All there is in a dict and in those within it."""
    if not isinstance(value, Mapping) or len(keys) == _DEEPEST:
        return
    for name, inner in value.items():
        yield (*keys, str(name)), inner
        yield from _entries(inner, (*keys, str(name)))


def _loaded(path: Path) -> object:
    try:
        found: object = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except OSError:
        raise
    except Exception as error:  # torch raises many kinds, for damage and for pickles that want to run code
        reason = " ".join(str(error).split()) or type(error).__name__
        if "weights_only" in reason.lower() or "weights only" in reason.lower():
            reason = "it has objects that only running code from the file would make; save its state_dict() alone"
        elif "zip archive" in reason:
            reason = "the file is cut off or damaged"
        raise WeightsError(f"{path} is no checkpoint of weights: {shorten(reason, 200, placeholder=' ...')}") from None
    return found


def _stored(path: Path, keys: Keys, tensor: torch.Tensor) -> Stored:
    shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
    # What was read of a mapped file stays in memory for as long as it is mapped: large tensors are mapped anew.
    kept = None if tensor.numel() * tensor.element_size() > _LARGE and _is_zip(path) else tensor

    def read() -> Bits:
        found = _tensors(_loaded(path))[keys] if kept is None else kept
        plain = found.layout is torch.strided and not found.is_quantized and found.device.type == "cpu"
        # A tensor may claim more elements than it has, by steps of 0.
        if not plain or found.numel() * found.element_size() > found.untyped_storage().nbytes():
            raise WeightsError(f"{path}: {keys[-1]} is not stored element by element")
        bits = found.detach().contiguous()
        return (bits.view(torch.int16).numpy().view(np.uint16) if dtype == "bfloat16" else bits.numpy()).reshape(shape)

    return Stored(shape, dtype, read)


def _is_zip(path: Path) -> bool:
    """Whether the file is one that can be mapped into memory."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _array(tensor: torch.Tensor) -> Array:
    tensor = tensor.detach().cpu()
    array: Array = (tensor.float() if tensor.dtype is torch.bfloat16 else tensor).numpy()
    return array


def _faults(expected: Mapping[str, Shape], given: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """What is wrong with tensors whose names and shapes should be these, a phrase each."""
    yield from (f"{name} is missing" for name in expected if name not in given)
    yield from (f"{name} is not in the network" for name in given if name not in expected)
    for name, shape in expected.items():
        if name in given and tuple(given[name].shape) != shape:
            yield f"{name} is {tuple(given[name].shape)}, and the network's is {shape}"
