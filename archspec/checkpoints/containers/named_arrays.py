"""NumPy's files: `.npz`, a zip of named arrays, and pickles of arrays. The names tell the framework and its layouts."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from io import BytesIO
from tokenize import TokenError

import numpy as np
from numpy.lib import format as npy

from archspec.checkpoints.checkpoint import CANONICAL, Checkpoint, Order
from archspec.checkpoints.containers.zip_archive import ZipArchive
from archspec.checkpoints.listing import shown
from archspec.checkpoints.pickles import KINDS
from archspec.checkpoints.sizes import is_shape
from archspec.weights import Bits, Stored, WeightsError

_SUFFIX = ".npy"
_LONGEST = 65_536
"""The largest header of an array in bytes: it has the type and the shape."""

_FAULTS = (ValueError, KeyError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError)
"""NumPy's exceptions for a malformed header of an array."""

_WORDS = {
    "torch": frozenset({"weight", "running_mean", "running_var", "weight_ih_l0"}),
    "tensorflow": frozenset(
        {
            "beta",
            "depthwise_kernel",
            "embeddings",
            "gamma",
            "kernel",
            "moving_mean",
            "moving_variance",
            "pointwise_kernel",
        }
    ),
}
"""The words for the tensors of a layer that only one framework uses."""

_SEPARATORS = {"torch": ".", "tensorflow": "/"}


def framework_of(names: Collection[str]) -> str:
    """The framework of these names; for unknown names the canonical one, whose layouts are Keras's."""
    if names and all(":" in name.partition("/")[0] for name in names):
        return CANONICAL
    for framework, words in _WORDS.items():
        if any(name.rpartition(_SEPARATORS[framework])[2].partition(":")[0] in words for name in names):
            return framework
    return CANONICAL


def is_npz(archive: ZipArchive) -> bool:
    """Whether a zip contains only arrays of NumPy."""
    return bool(archive.members) and all(name.endswith(_SUFFIX) for name in archive.members)


def read_npz(archive: ZipArchive) -> Checkpoint:
    """The arrays by name; raises `WeightsError` for a damaged array, or one that needs unpickling."""
    members = {member.removesuffix(_SUFFIX): member for member in archive.members}
    tensors = {name: _stored(archive, member, name) for name, member in members.items()}
    return by_names(Checkpoint(archive.path, CANONICAL, tensors))


def by_names(checkpoint: Checkpoint) -> Checkpoint:
    """The arrays as a checkpoint of the framework that their names tell; Keras drops the number after TensorFlow's.

    Sorted names have no order. Other orders are taken for the order of definition. Raises `WeightsError` if two
    names are equal without that number.
    """
    framework, tensors = framework_of(checkpoint.tensors), checkpoint.tensors
    if framework == "tensorflow":
        tensors = {name.removesuffix(":0"): stored for name, stored in tensors.items()}
    if len(tensors) < len(checkpoint.tensors):
        raise WeightsError(f"{checkpoint.path} has arrays that are called the same but for :0 at the end")
    order: Order = "none" if sorted(checkpoint.tensors) == list(checkpoint.tensors) else "definition"
    return replace(checkpoint, framework=framework, tensors=tensors, order=order)


def _stored(archive: ZipArchive, member: str, name: str) -> Stored:
    where = f"{archive.path}: {shown(name)}"
    start = BytesIO(archive.start(member, _LONGEST))
    try:
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[npy.read_magic(start)]
        shape, columns_first, dtype = read(start)
    except _FAULTS:
        raise WeightsError(f"{where} is no array as NumPy writes them") from None
    if dtype.kind not in KINDS:
        raise WeightsError(f"{where} has elements of {shown(str(dtype))}, and only numbers are read")
    if not is_shape(shape):
        raise WeightsError(f"{where} has a shape that no array has")
    begin, size = start.tell(), math.prod(shape) * dtype.itemsize
    if begin + size != archive.size(member):
        raise WeightsError(f"{where} is {shape} of {dtype}, and has {archive.size(member) - begin} bytes")

    def elements() -> Bits:
        found = archive.read(member)[begin:].view(dtype).reshape(shape, order="F" if columns_first else "C")
        return np.array(found, dtype.newbyteorder("="), order="C")

    return Stored(shape, dtype.name, elements)
