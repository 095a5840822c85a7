"""The row of a layer type: how PyTorch writes the layer, and the places of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from archspec.analyses import OutputMemory
from archspec.ir import Axes, Shape
from archspec.layers.axes import axis_index, is_image
from archspec.layers.window import WindowedLayer
from archspec.program.calls import GENERAL, Call, Function, Site

GIVEN: Final = "given"
"""The initial value of a weight that an argument of the module sets."""

PADDING_WORD: Final = "padding word"
"""A fact of a site: the padding is written as a word, which can be a param of its block."""

PADDED_WHEN_RUN: Final = "padded when run"
"""A fact of a site: the padding is computed from the size of the input."""

INPLACE: Final = "inplace"
"""A fact of a site: the layer may overwrite its input."""

CHANNELS_FIRST: Final = "channels first"
"""A fact of a site: the layer flattens an image to (channels, height, width)."""


@dataclass(frozen=True, slots=True)
class TorchLayer:
    """The forms of one use of a layer.

    `module` makes an `nn.Module`; only merges have none. `function` applies the layer directly; only layers with
    weights have none.
    """

    module: Call | None
    function: Function | None = None


@dataclass(frozen=True)
class BareParameter(Call):
    """A weight as an attribute: `self.gamma = nn.Parameter(torch.ones(64))`, applied as `x * self.gamma`.

    `callee` has `{arguments}` in the expression of the first value; `applied` has `{0}` for the input's expression and
    `{1}` for the attribute's. The layer's one weight is a `Native` without a name.
    """

    applied: str = "{0} * {1}"


@dataclass(frozen=True, slots=True)
class Native:
    """The place of a canonical weight in the module's state; without a name, the layer's path is the whole key.

    The canonical array is transposed by `axes` if it has as many axes, and then reshaped: `shape` gives the native
    shape for the canonical one. For an image input, `channels_first` adds two axes of length 1 after the channels.

    `initial` is the number that every element is which the module makes by itself, or GIVEN where that is an argument's
    in each case. `seen` is for a shape that PyTorch's initializers would misread: what the expression of the tensor
    needs behind it to have the outputs first, then the inputs, as Keras counts them for this canonical shape.
    """

    name: str = ""
    axes: tuple[int, ...] = ()
    shape: Callable[[Shape], Shape] | None = None
    channels_first: bool = False
    initial: float | Literal["given"] | None = None
    seen: Callable[[Shape], str] | None = None

    def transposed(self, canonical: Shape) -> tuple[int, ...]:
        """The permutation of axes for a canonical array of this shape."""
        return self.axes if len(self.axes) == len(canonical) else tuple(range(len(canonical)))

    def native_shape(self, canonical: Shape, read: Axes) -> Shape:
        """The tensor's shape for a canonical array of this shape, in a layer whose input has the axes `read`."""
        if self.shape is not None:
            return self.shape(canonical)
        if self.channels_first and is_image(read):
            return (*canonical, 1, 1)
        return tuple(canonical[axis] for axis in self.transposed(canonical))


@dataclass(frozen=True, slots=True)
class Row:
    """The row of a layer type in PyTorch.

    `weights`: a `Native` for each slot. `counters`: integer scalars in the module's state without canonical weights,
    initially 0. `flattens`: features of an image may stay channels first, which is cheaper. `result`: whether the next
    layer may overwrite this layer's output. `overwrites`: whether this layer can overwrite its input. `accumulates`:
    whether it can do so too, but only does in a network for inference, because its source reads worse. `inexact`:
    PyTorch rounds the gradient to float32 in float64 too, and parity compares an exact one. `helpers`: the source of
    further classes that `describe` may call.
    """

    describe: Callable[[Site[Any]], TorchLayer]
    weights: Mapping[str, Native] = field(default_factory=dict)
    counters: tuple[str, ...] = ()
    result: OutputMemory = "kept"
    overwrites: bool = False
    accumulates: bool = False
    flattens: bool = False
    inexact: bool = False
    helpers: Mapping[str, str] = field(default_factory=dict)


def collapse(pair: tuple[int, int]) -> int | tuple[int, int]:
    """A pair in its short form: one number if both are equal."""
    return pair[0] if pair[0] == pair[1] else pair


def pads_when_run(site: Site[Any]) -> bool:
    """Whether "same" is computed from the size of the input: if it depends on it, and then in all uses of a block."""
    layer: WindowedLayer = site.layer
    if PADDED_WHEN_RUN in site.facts and layer.window == (1, 1):
        return layer.padding in ("same", "valid", ((0, 0), (0, 0)))
    always = not site.facts.isdisjoint((GENERAL, PADDED_WHEN_RUN))
    return layer.padding == "same" and (layer.pads_by_size or always)


def dim(axis: int, shape: Axes) -> int:
    """The dimension of a PyTorch tensor for a Keras axis, for a value of this canonical shape.

    Images are (batch, channels, height, width) in PyTorch; other values keep the order of axes.
    """
    index = axis_index(axis, shape)
    return (2, 3, 1)[index] if len(shape) == 3 else index + 1
