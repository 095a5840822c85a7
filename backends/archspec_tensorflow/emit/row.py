"""What the backend knows about one class of layers: how Keras writes it, and where its weights live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic

from archspec.program.calls import Argument, Call, Function, LayerT, Made, Site

PADDING_WORD: Final = "padding word"
"""A fact of a site: the padding is to be "same" wherever that means the same, also where nothing is padded."""

Steps = tuple[Call | Function, ...]
"""What to apply, one after the other. A call's name may be that of a helper class."""


@dataclass(frozen=True, slots=True)
class Native:
    """A weight as Keras holds it: the layer's attribute, and what older releases call it in files.

    Its layout is the canonical one.
    """

    attribute: str
    older: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row(Generic[LayerT]):
    """How Keras writes a class of layers.

    `describe` gives the steps; the last `Call` among them owns the weights and bears the node's name. It raises
    `EmitError` for what Keras cannot say. `weights` has a `Native` for every slot that the class may have. `inexact`
    says of a layer that TensorFlow rounds to float32 in float64 models too, and parity compares an exact function.
    """

    describe: Callable[[Site[LayerT]], Steps]
    weights: Mapping[str, Native] = field(default_factory=dict)
    inexact: Callable[[LayerT], bool] = lambda layer: False


def named(*slots: str) -> Mapping[str, Native]:
    """The weights whose attributes are called as their slots are."""
    return {slot: Native(slot) for slot in slots}


def initializer(name: str, value: str | float, default: str) -> Argument:
    """The argument that says what a weight begins as."""
    return Argument(name, value if isinstance(value, str) else Made("keras.initializers.Constant", value), default)


def plain(call: Call) -> Row[LayerT]:
    """The row of a layer that is always written the same way."""
    return Row(lambda site: (call,))
