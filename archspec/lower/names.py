"""The values of the names in a layer's expressions."""

from __future__ import annotations

from archspec.expressions.names import CHANNELS, SHAPE, Names
from archspec.expressions.values import ANY_LENGTH
from archspec.ir import TensorType


class _Words(dict[str, object]):
    """Names that expressions can read without a declaration; declared names hide them."""


def with_input(names: Names, read: TensorType) -> Names:
    """The names, with the shape of the layer's input."""
    shape: list[object] = [ANY_LENGTH if axis is None else axis for axis in read.axes]
    return Names(*without_input(names).maps, _Words({CHANNELS: read.channels, SHAPE: shape}))


def without_input(names: Names) -> Names:
    """The names without the shape of an outer layer's input."""
    return Names(*names.maps[:-1]) if isinstance(names.maps[-1], _Words) else names
