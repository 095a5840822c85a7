"""PyTorch's tensors as views of storages, and their elements."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from archspec.ir import Shape
from archspec.weights import FLOATING, Bits

STORAGES: Mapping[str, str] = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "QInt8Storage": "qint8",
    "QUInt8Storage": "quint8",
    "QInt32Storage": "qint32",
    "QUInt4x2Storage": "quint4x2",
    "QUInt2x4Storage": "quint2x4",
    "UntypedStorage": "uint8",
}
"""The types of elements by PyTorch's classes of storages."""

_QUANTISED = {"qint8": 1, "quint8": 1, "qint32": 4, "quint4x2": 1, "quint2x4": 1}
"""The bytes of elements of quantised types, which need a scale."""

NUMBERS = (frozenset(STORAGES.values()) - _QUANTISED.keys()) | {"uint16", "uint32", "uint64"}
"""The types that are read."""


class Storage(NamedTuple):
    """A block of memory in the file, by its name there; several tensors can be views of it."""

    key: str
    dtype: str
    length: int


class Tensor(NamedTuple):
    """A tensor as a view of a storage: the offset of its first element, and the stride along each axis.

    `fault` is the reason if it cannot be read. For a tensor without plain elements, `dtype` is a word for its kind.
    """

    shape: Shape
    dtype: str
    storage: Storage = Storage("", "uint8", 0)
    offset: int = 0
    strides: Shape = ()
    flags: Mapping[str | int, object] = {}
    fault: str = ""


def width_of(dtype: str) -> int:
    """The bytes of an element; raises `ValueError` for an unknown type."""
    if dtype in _QUANTISED:
        return _QUANTISED[dtype]
    if dtype not in NUMBERS:
        raise ValueError(f"it has elements of {dtype}, which are not known here")
    return (FLOATING.get(dtype) or np.dtype(dtype)).itemsize


def elements(tensor: Tensor, data: Bits, order: Literal["<", ">"]) -> Bits:
    """The tensor's elements from the bytes of its storage, in NumPy's order `<` or `>`; raises `ValueError`.

    PyTorch's bits for negated and conjugated views are applied; they only flip signs.
    """
    if tensor.fault:
        raise ValueError(tensor.fault)
    if tensor.dtype not in NUMBERS:
        raise ValueError(f"is of the type {tensor.dtype}, which is not read")
    if tensor.dtype == "bool" and any(map(tensor.flags.get, ("conj", "neg"))):
        raise ValueError("is of the type bool, and has signs that are to be changed")
    kind = FLOATING.get(tensor.dtype) or np.dtype(tensor.dtype)
    values = data[: len(data) - len(data) % kind.itemsize].view(kind.newbyteorder(order))
    count = math.prod(tensor.shape)
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True))
    # The storage may have fewer bytes than its entry claims.
    if count > len(values) or (count and tensor.offset + last >= len(values)):
        raise ValueError("has more elements than its storage")
    return _with_signs(_strided(values, tensor).astype(kind, "C"), tensor)


def _strided(values: Bits, tensor: Tensor) -> Bits:
    """The tensor as a view of its storage."""
    count = math.prod(tensor.shape)
    if not count or tensor.strides == _plain_strides(tensor.shape):
        return values[tensor.offset : tensor.offset + count].reshape(tensor.shape)
    # The stride of an axis of length 1 has no meaning, and its written value can be any number.
    steps = [stride * values.itemsize * (size > 1) for size, stride in zip(tensor.shape, tensor.strides, strict=True)]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, steps, writeable=False)


def _plain_strides(shape: Shape) -> Shape:
    """The strides of a contiguous tensor."""
    return tuple(accumulate(shape[:0:-1], operator.mul, initial=1))[::-1] if shape else ()


def _with_signs(values: Bits, tensor: Tensor) -> Bits:
    if tensor.flags.get("conj"):
        values = values.conj()
    if tensor.flags.get("neg"):
        values = values ^ np.uint16(0x8000) if tensor.dtype == "bfloat16" else -values
    return values
