"""What the names in a layer's expressions stand for."""

from __future__ import annotations

from collections import ChainMap

from typing_extensions import override


class Names(ChainMap[str, object]):
    """What the names in expressions stand for: the innermost loop's first, the document's params last."""

    @override
    def __getitem__(self, name: str) -> object:
        # As ChainMap has it, but without an exception for each mapping that does not have the name.
        for mapping in self.maps:
            if name in mapping:
                return mapping[name]
        return self.__missing__(name)


CHANNELS = "channels"
"""The word for the number of channels of what a layer reads, in the layer's own expressions."""


class _Words(dict[str, object]):
    """What expressions can read that nobody has declared; any name that was declared goes before."""


def with_channels(names: Names, channels: int) -> Names:
    """The names, and the number of channels of what the layer reads that they are for."""
    return Names(*without_channels(names).maps, _Words({CHANNELS: channels}))


def without_channels(names: Names) -> Names:
    """The names without the number of channels of what a layer around reads."""
    return Names(*names.maps[:-1]) if isinstance(names.maps[-1], _Words) else names
