"""Safetensors files, a tensor at a time in both directions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint, Order
from archspec.checkpoints.containers.safetensors_header import DTYPES, Extent, read_header
from archspec.checkpoints.containers.stretches import read_stretch
from archspec.checkpoints.listing import shown
from archspec.weights import FLOATING, Bits, Stored, WeightsError

_WORDS = {dtype: (word, width) for word, (dtype, width) in DTYPES.items()}

_ALIGNMENT = 8
"""The alignment of the first element in bytes: readers map the file into memory."""


def read_safetensors(path: Path) -> Checkpoint:
    """The tensors of a file with canonical or PyTorch's names; raises `WeightsError` for a faulty file."""
    extents = read_header(path)
    tensors = {extent.name: Stored(extent.shape, extent.dtype, partial(_read, path, extent)) for extent in extents}
    canonical = bool(tensors) and all(":" in name for name in tensors)
    order: Order = "none" if _is_sorted(extents) else "layers" if canonical else "definition"
    return Checkpoint(path, CANONICAL if canonical else "torch", tensors, order)


def _is_sorted(extents: list[Extent]) -> bool:
    """Whether the tensors are sorted as the safetensors library writes them: by the width of elements, and by name."""
    return sorted(extents, key=lambda extent: (-_WORDS[extent.dtype][1], extent.name)) == extents


def _read(path: Path, extent: Extent) -> Bits:
    kind = FLOATING.get(extent.dtype) or np.dtype(extent.dtype)
    size = extent.end - extent.begin
    data = read_stretch(path, extent.begin, size)
    if len(data) < size:
        raise WeightsError(f"{path}: {shown(extent.name)} is cut off")
    return data.view(kind.newbyteorder("<")).astype(kind, copy=False).reshape(extent.shape)


def write_safetensors(path: Path, tensors: Mapping[str, Stored], metadata: Mapping[str, str]) -> None:
    """Write tensors in their order, wider types first, so that each is aligned; one at a time is in memory."""
    ordered = sorted(tensors.items(), key=lambda item: -_WORDS[item[1].dtype][1])
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    place = 0
    for name, stored in ordered:
        word, width = _WORDS[stored.dtype]
        end = place + stored.size * width
        header[name] = {"dtype": word, "shape": list(stored.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, stored in ordered:
            bits = stored.read()
            # `tofile` would not notice a full disk while it still buffers.
            file.write(np.ascontiguousarray(bits, bits.dtype.newbyteorder("<")).reshape(-1).view(np.uint8).data)
