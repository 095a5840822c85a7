"""What PyTorch writes into pickles: tensors as places in storages."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from archspec.checkpoints.listing import shown
from archspec.checkpoints.pickles import Made, Name
from archspec.ir import Shape
from archspec.weights import FLOATING, Bits

_STORAGES: Mapping[str, str] = {
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
"""PyTorch's classes of storages, and the types of their elements."""

_MOST = 1 << 62
"""No size or step of a tensor is as large."""

_QUANTISED = {"qint8": 1, "quint8": 1, "qint32": 4, "quint4x2": 1, "quint2x4": 1}
"""The bytes of elements that say a number only together with a scale."""

_NUMBERS = (frozenset(_STORAGES.values()) - _QUANTISED.keys()) | {"uint16", "uint32", "uint64"}
"""The types that are read."""


class Storage(NamedTuple):
    """A stretch of memory in the file, by its own name there, which views of one stretch share."""

    key: str
    dtype: str
    length: int


class Tensor(NamedTuple):
    """A tensor as a place in a storage: where its elements begin, and how far apart they are along each axis.

    `fault` says why it cannot be read, if so.
    """

    shape: Shape
    dtype: str
    storage: Storage = Storage("", "uint8", 0)
    offset: int = 0
    strides: Shape = ()
    flags: Mapping[str | int, object] = {}
    fault: str = ""


def make(maker: object, arguments: object) -> object:
    """The object that a name makes from arguments: a tensor, a dict, or one of which only this is known."""
    if not isinstance(maker, Name):
        return Made(maker, arguments)
    rule = RULES.get(maker)
    found = rule(arguments) if rule else None
    if found is not None:
        return found
    # None of PyTorch's other kinds of tensors may be taken for something else, and left out.
    is_tensor = maker.module.startswith("torch") and maker.word.startswith("_rebuild")
    return Tensor((), "tensor", fault=_NOT_PLAIN) if is_tensor else Made(maker, arguments)


def storage_of(identifier: object) -> Storage | None:
    """The storage for a persistent id: ("storage", class, key, location, number of elements, ...)."""
    match identifier:
        case ("storage", Name(word=word), str(key), _, int(length), *_):
            return Storage(key, _STORAGES.get(word) or shown(word), length)
    return None


def width_of(dtype: str) -> int:
    """The bytes of an element; raises `ValueError` for an unknown type."""
    if dtype in _QUANTISED:
        return _QUANTISED[dtype]
    if dtype not in _NUMBERS:
        raise ValueError(f"it has elements of {dtype}, which are not known here")
    return (FLOATING.get(dtype) or np.dtype(dtype)).itemsize


def elements(tensor: Tensor, data: Bits, order: Literal["<", ">"]) -> Bits:
    """The tensor's elements out of its storage's bytes, whose order is numpy's `<` or `>`; raises `ValueError`.

    The bit that says that all are to be negated, or conjugated, is obeyed: this flips signs and changes nothing else.
    """
    if tensor.fault:
        raise ValueError(tensor.fault)
    if tensor.dtype not in _NUMBERS:
        raise ValueError(f"is of the type {tensor.dtype}, which is not read")
    kind = FLOATING.get(tensor.dtype) or np.dtype(tensor.dtype)
    values = data[: len(data) - len(data) % kind.itemsize].view(kind.newbyteorder(order))
    count = math.prod(tensor.shape)
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True))
    # A tensor may claim more elements than it has, by steps of 0.
    if count > len(values) or (count and tensor.offset + last >= len(values)):
        raise ValueError(_NOT_PLAIN)
    return _with_signs(_strided(values, tensor).astype(kind, "C"), tensor)


def _strided(values: Bits, tensor: Tensor) -> Bits:
    """The tensor as a view of its storage."""
    count = math.prod(tensor.shape)
    if not count or tensor.strides == _plain_strides(tensor.shape):
        return values[tensor.offset : tensor.offset + count].reshape(tensor.shape)
    steps = [stride * values.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, steps, writeable=False)


def _plain_strides(shape: Shape) -> Shape:
    """The steps along each axis where the elements lie in a row."""
    return tuple(accumulate(shape[:0:-1], operator.mul, initial=1))[::-1] if shape else ()


def _with_signs(values: Bits, tensor: Tensor) -> Bits:
    if tensor.flags.get("conj"):
        values = values.conj()
    if tensor.flags.get("neg"):
        values = values ^ np.uint16(0x8000) if tensor.dtype == "bfloat16" else -values
    return values


def _tensor(arguments: object) -> Tensor | None:
    """`_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, flags)`; older ones have less."""
    match arguments:
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides), *more):
            flags = more[2] if len(more) > 2 and type(more[2]) is dict else {}
            return _checked(Tensor(shape, storage.dtype, storage, offset, strides, flags))
    return None


def _typed_tensor(arguments: object) -> Tensor | None:
    """`_rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, type, flags)`."""
    match arguments:
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides), _, _, Name(word=dtype), *more):
            flags = more[0] if more and type(more[0]) is dict else {}
            return _checked(Tensor(shape, shown(dtype), storage, offset, strides, flags))
    return None


def _checked(tensor: Tensor) -> Tensor:
    """The tensor with sizes that can be, or with none and a fault."""
    sizes = [tensor.offset, *tensor.shape, *tensor.strides]
    are_sizes = set(map(type, sizes)) == {int} and min(sizes) >= 0 and max(sizes) < _MOST
    sound = are_sizes and len(tensor.shape) == len(tensor.strides) <= 64
    return tensor if sound else Tensor((), tensor.dtype, fault="has a shape or steps that no tensor has")


def _inner(arguments: object) -> object:
    """A parameter, which is a tensor and more."""
    return arguments[0] if isinstance(arguments, tuple) and arguments and isinstance(arguments[0], Tensor) else None


def _subclass(arguments: object) -> object:
    """`_rebuild_from_type_v2(function, class, arguments, state)`."""
    match arguments:
        case (Name() as maker, _, tuple(inner), *_) if maker in _PLAIN:
            return _PLAIN[maker](inner)
    return None


def _sparse(arguments: object) -> Tensor:
    match arguments:
        case (_, (_, Tensor(dtype=dtype), tuple(shape), *_)) if all(type(size) is int for size in shape):
            return Tensor(shape, dtype, fault=_NOT_PLAIN)
    return Tensor((), "sparse", fault=_NOT_PLAIN)


def _meta(arguments: object) -> Tensor:
    match arguments:
        case (Name(word=dtype), tuple(shape), *_) if all(type(size) is int for size in shape):
            return Tensor(shape, shown(dtype), fault="has no elements: it was saved from the device meta")
    return Tensor((), "meta", fault=_NOT_PLAIN)


def _dict(arguments: object) -> object:
    """An empty OrderedDict; what an older pickle has in the arguments comes as pairs."""
    pairs = arguments[0] if isinstance(arguments, tuple) and arguments else []
    if not isinstance(pairs, list):
        return {}
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and type(pair[0]) is str}


def _list(arguments: object) -> object:
    """A set, as a list: nothing is hashed."""
    return arguments[0] if isinstance(arguments, tuple) and arguments and isinstance(arguments[0], list) else None


def _bytes(arguments: object) -> object:
    """`_codecs.encode(text, "latin1")`, as Python 3 writes bytes in the protocols of Python 2."""
    match arguments:
        case (str(text), "latin1" | "latin-1"):
            return text.encode("latin-1")
    return None


_NOT_PLAIN = "is not stored element by element"

_PLAIN: Mapping[Name, Callable[[object], object]] = {
    Name("torch._utils", "_rebuild_tensor"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v2"): _tensor,
    Name("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    Name("torch._utils", "_rebuild_sparse_tensor"): _sparse,
    Name("torch._utils", "_rebuild_meta_tensor_no_storage"): _meta,
}
"""What makes tensors."""

RULES: Mapping[Name, Callable[[object], object]] = {
    **_PLAIN,
    Name("_codecs", "encode"): _bytes,
    Name("__builtin__", "set"): _list,
    Name("builtins", "set"): _list,
    Name("collections", "OrderedDict"): _dict,
    Name("torch", "Size"): lambda arguments: arguments[0] if isinstance(arguments, tuple) and arguments else (),
    Name("torch._tensor", "_rebuild_from_type_v2"): _subclass,
    Name("torch._utils", "_rebuild_parameter"): _inner,
    Name("torch._utils", "_rebuild_parameter_with_state"): _inner,
}
"""What PyTorch's own functions make."""
