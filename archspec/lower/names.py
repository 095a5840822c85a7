"""The values of the names in a layer's expressions."""

from __future__ import annotations

from collections import ChainMap

from typing_extensions import override


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


class _Words(dict[str, object]):
    """Names that expressions can read without a declaration; declared names hide them."""


def with_channels(names: Names, channels: int) -> Names:
    """The names, with the number of channels of the layer's input."""
    return Names(*without_channels(names).maps, _Words({CHANNELS: channels}))


def without_channels(names: Names) -> Names:
    """The names without the number of channels of an outer layer's input."""
    return Names(*names.maps[:-1]) if isinstance(names.maps[-1], _Words) else names
