"""The values of the names in a layer's expressions."""

from __future__ import annotations

from collections import ChainMap

from typing_extensions import override

from archspec.expressions.values import ANY_LENGTH
from archspec.ir import TensorType


class Names(ChainMap[str, object]):
    """The values of names, from the columns of the innermost loop to the document's params."""

    @override
    def __getitem__(self, name: str) -> object:
        # As ChainMap has it, but without an exception for each mapping that does not have the name.
        for mapping in self.maps:
            if name in mapping:
                return mapping[name]
        return self.__missing__(name)


CHANNELS = "channels"
"""The name, in a layer's expressions, for the number of channels of its input."""

SHAPE = "shape"
"""The name for the axes of its input, without the batch."""

INPUT_WORDS = frozenset((CHANNELS, SHAPE))
"""The names in a layer's expressions that say something of its input."""


class _Words(dict[str, object]):
    """Names that expressions can read without a declaration; declared names hide them."""


def with_input(names: Names, read: TensorType) -> Names:
    """The names, with the shape of the layer's input."""
    shape: list[object] = [ANY_LENGTH if axis is None else axis for axis in read.axes]
    return Names(*without_input(names).maps, _Words({CHANNELS: read.channels, SHAPE: shape}))


def without_input(names: Names) -> Names:
    """The names without the shape of an outer layer's input."""
    return Names(*names.maps[:-1]) if isinstance(names.maps[-1], _Words) else names
