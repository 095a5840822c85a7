"""NumPy's arrays, scalars and types in pickles, made without importing the names in the pickle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from archspec.checkpoints.pickles.machine import Made, Name
from archspec.checkpoints.sizes import is_shape
from archspec.ir import Shape
from archspec.weights import Bits, Stored

_ARRAYS = frozenset({"_reconstruct", "_frombuffer", "scalar"})
KINDS = frozenset("biufc")
"""The kinds of types with plain elements: booleans, whole numbers, floating-point and complex numbers."""

_DTYPES = {f"{kind.kind}{kind.itemsize}": kind for kind in map(np.dtype, "?bhilqBHILQefdgFDG")}
"""NumPy's types of numbers by its words for them in pickles: f4, i8."""


@dataclass(frozen=True, slots=True)
class PickledArray:
    """An array in a pickle, with the bytes of its elements."""

    shape: Shape
    dtype: np.dtype[np.generic]
    data: bytes
    columns_first: bool

    def stored(self) -> Stored:
        """The array as a tensor of a checkpoint."""
        return Stored(self.shape, self.dtype.name, partial(_read, self))


def _read(array: PickledArray) -> Bits:
    elements = np.frombuffer(array.data, array.dtype).reshape(array.shape, order="F" if array.columns_first else "C")
    return np.array(elements, array.dtype.newbyteorder("="), order="C")


def array_of(value: object) -> PickledArray | None:
    """The array for an object of a pickle; None if it is no sound array."""
    if not isinstance(value, Made) or not isinstance(value.maker, Name) or value.maker.word not in _ARRAYS:
        return None
    if value.maker.module.partition(".")[0] != "numpy":
        return None
    match value.maker.word, value.state, value.arguments:
        case "_reconstruct", (_, shape, dtype, columns_first, data), _:
            return _array(shape, dtype, data, bool(columns_first))
        case "_frombuffer", _, (data, dtype, shape, order):
            return _array(shape, dtype, data, order == "F")
        case "scalar", _, (dtype, data):
            return _array((), dtype, data, False)
    return None


def _array(shape: object, dtype: object, data: object, columns_first: bool) -> PickledArray | None:
    kind = _dtype(dtype)
    if kind is None or not is_shape(shape) or not isinstance(data, bytes):
        return None
    if math.prod(shape) * kind.itemsize != len(data):
        return None
    return PickledArray(tuple(shape), kind, data, columns_first)


def _dtype(value: object) -> np.dtype[np.generic] | None:
    """The type for a call of `numpy.dtype("f4", ...)`, whose state has the order of bytes."""
    match value:
        case Made(maker=Name(word="dtype"), arguments=(str(word), *_), state=(_, "<" | ">" | "|" | "=" as order, *_)):
            kind = _DTYPES.get(word)
            return kind.newbyteorder("<" if order == "|" else order) if kind else None
    return None
