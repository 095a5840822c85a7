"""The header of a safetensors file: the names, types, shapes and offsets of its tensors.

A file has the header's length as 8 bytes, little-endian, the header as JSON, and the elements of all tensors without
gaps. The header may list the tensors in any order. https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from archspec.checkpoints.listing import shown
from archspec.checkpoints.sizes import are_sizes, is_shape
from archspec.ir import Shape
from archspec.weights import WeightsError

LONGEST = 100_000_000
"""The largest header in bytes, as in the safetensors library."""

DTYPES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "F64": ("float64", 8),
        "F32": ("float32", 4),
        "F16": ("float16", 2),
        "BF16": ("bfloat16", 2),
        "F8_E5M2": ("float8_e5m2", 1),
        "F8_E4M3": ("float8_e4m3", 1),
        "C64": ("complex64", 8),
        "I64": ("int64", 8),
        "I32": ("int32", 4),
        "I16": ("int16", 2),
        "I8": ("int8", 1),
        "U64": ("uint64", 8),
        "U32": ("uint32", 4),
        "U16": ("uint16", 2),
        "U8": ("uint8", 1),
        "BOOL": ("bool", 1),
    }
)
"""By the word for a type in the file: the word here, and the bytes of an element."""


class Extent(NamedTuple):
    """The place of one tensor; `begin` is the offset in the file."""

    name: str
    dtype: str
    shape: Shape
    begin: int
    end: int


def read_header(path: Path) -> list[Extent]:
    """The tensors in the order of their elements in the file.

    Raises `WeightsError` for a faulty header, or one that does not fit the file to the last byte.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, LONGEST):
            what = f"it has {size} bytes, and its header would have {length}"
            raise WeightsError(f"{path} is not a safetensors file, or a part of one: {what}")
        text = file.read(length)
    extents = sorted(_extents(path, text), key=lambda extent: (extent.begin, extent.end))
    _check_cover(path, extents, 8 + length, size)
    return extents


def _extents(path: Path, text: bytes) -> Iterator[Extent]:
    """The header's entries, each checked by itself."""
    try:
        header = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: the header is not JSON: {str(error)[:100]}") from None
    if not isinstance(header, dict):
        raise WeightsError(f"{path}: the header is no JSON object")
    for name, entry in header.items():
        if name != "__metadata__":
            yield _extent(f"{path}: {shown(name)}", name, entry, 8 + len(text))


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _extent(where: str, name: str, entry: object, start: int) -> Extent:
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        raise WeightsError(f"{where} has no dtype, shape and data_offsets")
    word, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(word, str) or word not in DTYPES:
        raise WeightsError(
            f"{where} is of the type {str(word)[:40]!r}, and the types known here are {', '.join(DTYPES)}"
        )
    if not is_shape(shape) or not are_sizes(offsets) or len(offsets) != 2:
        raise WeightsError(f"{where} has a shape or data_offsets that no tensor has")
    dtype, width = DTYPES[word]
    begin, end = offsets
    if end - begin != math.prod(shape) * width:
        raise WeightsError(f"{where} is {tuple(shape)} of {dtype}, and has {end - begin} bytes")
    return Extent(name, dtype, tuple(shape), start + begin, start + end)


def _check_cover(path: Path, extents: list[Extent], start: int, size: int) -> None:
    """Raise `WeightsError` unless the tensors cover the file from `start` to its end, each byte once."""
    place, before = start, "the header"
    for extent in extents:
        if extent.end > size:
            raise WeightsError(
                f"{path}: {shown(extent.name)} ends at byte {extent.end}, and the file has {size}: it is cut off"
            )
        if extent.begin != place:
            what = "overlaps" if extent.begin < place else "leaves a gap behind"
            raise WeightsError(f"{path}: {shown(extent.name)} {what} {shown(before)}")
        place, before = extent.end, extent.name
    if place != size:
        raise WeightsError(f"{path}: {size - place} bytes after the last tensor belong to none")
