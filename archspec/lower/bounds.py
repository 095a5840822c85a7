"""How large a network may be: what is larger is refused as soon as that is known."""

from __future__ import annotations

import math
from collections.abc import Iterable

from archspec.errors import ArchspecError, Diagnostic
from archspec.ir import Shape, WeightSpec
from archspec.spec.names import describe
from archspec.spec.place import Place, Where

MOST_LAYERS = 200_000
MOST_ELEMENTS = 2**40
DEEPEST_NESTING = 64


class TooLarge(ArchspecError):
    """The network has grown beyond a bound; nothing more is lowered."""

    def __init__(self, message: str, where: Where) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic("too-large", message, where)


class Bounds:
    """Counts what a network has so far."""

    def __init__(self) -> None:
        self._layers = 0
        self._parameters = 0

    def count_layer(self, place: Place) -> None:
        """Count a layer or a group of layers; raises `TooLarge`."""
        self._layers += 1
        if self._layers > MOST_LAYERS:
            raise TooLarge(f"the network has more than {MOST_LAYERS:,} layers from here on", place.where)

    def excess(self, path: str, shape: Shape, weights: Iterable[WeightSpec]) -> str | None:
        """Count a layer's weights; what is too large about it or about the network, None if nothing is."""
        if math.prod(shape) > MOST_ELEMENTS:
            return f"{path} gives a value of {_count(shape)} elements, more than 2**40"
        for weight in weights:
            self._parameters += math.prod(weight.shape)
            if math.prod(weight.shape) > MOST_ELEMENTS:
                return f"the {weight.slot} of {path} has {_count(weight.shape)} parameters, more than 2**40"
        if self._parameters > MOST_ELEMENTS:
            return f"with {path} the network has {_count((self._parameters,))} parameters, more than 2**40"
        return None


def _count(shape: Shape) -> str:
    size = math.prod(shape)
    return f"{size:,}" if size < 10**15 else f"{size:.1e}" if size < 10**300 else describe(size)
