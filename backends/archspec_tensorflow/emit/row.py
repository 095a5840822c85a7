"""The row of a layer type: how Keras writes the layer, and the places of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic

from archspec.program.calls import Call, Function, LayerT, Site

PADDING_WORD: Final = "padding word"
"""A fact of a site: the padding is to be "same" if that is equivalent, also without any padding."""

NONNEGATIVE: Final = "nonnegative"
"""A fact of a site: no element of the inputs is below zero, and no gradient passes through a zero."""

Steps = tuple[Call | Function, ...]
"""The steps of a layer, in order. The callee of a call may be a helper class."""


@dataclass(frozen=True, slots=True)
class Native:
    """A weight in Keras: the layer's attribute, and its names in files of older releases.

    The layout is the canonical one.
    """

    attribute: str
    older: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row(Generic[LayerT]):
    """The row of a layer type in Keras.

    `describe` gives the steps; the last `Call` among them owns the weights and has the node's name. It raises
    `EmitError` for layers that Keras cannot express. `weights` has a `Native` for every possible slot. `counters`
    are the attributes of whole numbers without canonical weights, initially 0. `inexact` says whether TensorFlow rounds
    a layer to float32 in float64 models too; parity then compares an exact function.
    """

    describe: Callable[[Site[LayerT]], Steps]
    weights: Mapping[str, Native] = field(default_factory=dict)
    counters: tuple[str, ...] = ()
    inexact: Callable[[LayerT], bool] = lambda layer: False


def named(*slots: str) -> Mapping[str, Native]:
    """The weights whose attributes have the names of their slots."""
    return {slot: Native(slot) for slot in slots}


def plain(call: Call) -> Row[LayerT]:
    """The row of a layer with a single form."""
    return Row(lambda site: (call,))
