"""The names in the expressions of a layer."""

from __future__ import annotations

from collections import ChainMap

from typing_extensions import override

CHANNELS = "channels"
"""The name for the number of channels of the layer's input."""

SHAPE = "shape"
"""The name for the axes of its input, without the batch."""

INPUT_WORDS = frozenset((CHANNELS, SHAPE))
"""The names in a layer's expressions that say something of its input, without a declaration."""


class Names(ChainMap[str, object]):
    """The values of names, from the columns of the innermost loop to the document's params."""

    @override
    def __getitem__(self, name: str) -> object:
        # As ChainMap has it, but without an exception for each mapping that does not have the name.
        for mapping in self.maps:
            if name in mapping:
                return mapping[name]
        return self.__missing__(name)
