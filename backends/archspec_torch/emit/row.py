"""What the backend knows about one layer type: how PyTorch says it, and where its weights live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from archspec.ir import Axes, Shape
from archspec.layers.axes import axis_index
from archspec.layers.window import WindowedLayer
from archspec.program.calls import GENERAL, Call, Function, Site

GIVEN: Final = "given"
"""What a weight is at first that the module's arguments say."""

PADDING_WORD: Final = "padding word"
"""A fact of a site: the padding is written as a word, which can be a param of its block."""

PADDED_WHEN_RUN: Final = "padded when run"
"""A fact of a site: the padding is worked out from the size that comes."""

Result = Literal["fresh", "kept", "passed"]
"""What a layer hands out: a new tensor; a new one that its own gradient reads; its input or a view of it."""


@dataclass(frozen=True, slots=True)
class TorchLayer:
    """What is written for one use of a layer.

    `module` makes it as an `nn.Module`; only merges have none. `function` applies it directly; only layers with
    weights have none.
    """

    module: Call | None
    function: Function | None = None


@dataclass(frozen=True)
class BareParameter(Call):
    """A weight that is an attribute itself: `self.gamma = nn.Parameter(torch.ones(64))`, applied as `x * self.gamma`.

    `callee` has `{arguments}` in the expression of the first value; `applied` has `{0}` for the input's expression and
    `{1}` for the attribute's. The layer's one weight is a `Native` without a name.
    """

    applied: str = "{0} * {1}"


@dataclass(frozen=True, slots=True)
class Native:
    """Where a canonical weight lives in the module's state; without a name, the layer's path is the whole of it.

    The canonical array is transposed by `axes` if it has as many axes, then reshaped: `shape` gives the native shape
    from the canonical one. `features` is the canonical axis that runs along the features of a vector input. Where that
    is an image, `channels_first` adds two axes of length 1 behind the channels.

    `initial` is the number that every element is which the module makes by itself, or GIVEN where that is an argument's
    in each case. `seen` is for a shape that PyTorch's initializers would misread: what the expression of the tensor
    needs behind it to have the outputs first, then the inputs, as Keras counts them for this canonical shape.
    """

    name: str = ""
    axes: tuple[int, ...] = ()
    shape: Callable[[Shape], Shape] | None = None
    features: int | None = None
    channels_first: bool = False
    initial: float | Literal["given"] | None = None
    seen: Callable[[Shape], str] | None = None

    def transposed(self, canonical: Shape) -> tuple[int, ...]:
        """The order in which a canonical array of this shape has its axes taken."""
        return self.axes if len(self.axes) == len(canonical) else tuple(range(len(canonical)))

    def native_shape(self, canonical: Shape, read: Axes) -> Shape:
        """The shape of the tensor for a canonical array of this shape, of a layer that reads a value of `read`."""
        if self.shape is not None:
            return self.shape(canonical)
        if self.channels_first and is_image(read):
            return (*canonical, 1, 1)
        return tuple(canonical[axis] for axis in self.transposed(canonical))


@dataclass(frozen=True, slots=True)
class Row:
    """All that PyTorch needs to know about a layer type.

    `weights`: a `Native` for each slot. `counters`: integer scalars in the module's state, 0 at first, that nothing
    canonical stands for. `flattens`: the features of an image may leave it channels first, which makes it cheaper.
    `result` says when the layer after this one may overwrite its input; `overwrites` that this layer can do so.
    `inexact`: PyTorch's gradient is rounded to float32 in float64, too, and training is compared with an exact one.
    `helpers`: source of the classes that `describe` may call and neither torch nor `emit.helpers` has.
    """

    describe: Callable[[Site[Any]], TorchLayer]
    weights: Mapping[str, Native] = field(default_factory=dict)
    counters: tuple[str, ...] = ()
    result: Result = "kept"
    overwrites: bool = False
    flattens: bool = False
    inexact: bool = False
    helpers: Mapping[str, str] = field(default_factory=dict)


def collapse(pair: tuple[int, int]) -> int | tuple[int, int]:
    """A pair as people write it: one number where both are equal."""
    return pair[0] if pair[0] == pair[1] else pair


def pads_when_run(site: Site[Any]) -> bool:
    """Whether "same" is worked out from the size that comes: where it depends on that, and in all uses of its block."""
    layer: WindowedLayer = site.layer
    if PADDED_WHEN_RUN in site.facts and layer.window == (1, 1):
        return layer.padding in ("same", "valid", ((0, 0), (0, 0)))
    always = not site.facts.isdisjoint((GENERAL, PADDED_WHEN_RUN))
    return layer.padding == "same" and (layer.pads_by_size or always)


def dim(axis: int, shape: Axes) -> int:
    """The dimension of a torch tensor that this Keras axis is, for a value of this canonical shape.

    Images are (batch, channels, height, width) in torch, every other value keeps its order.
    """
    index = axis_index(axis, shape)
    return (2, 3, 1)[index] if len(shape) == 3 else index + 1


def is_image(shape: Axes) -> bool:
    """Whether values of this canonical shape are channels-first in torch."""
    return len(shape) == 3
