"""What every layer is: attributes, and for a primitive one a shape rule, weights and a cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from archspec.ir.types import Shape

Gives = Literal["features", "sums", "softmax", "sigmoid", "same", "means", "positive"]
"""What a layer's values are: sums of all features that it reads; probabilities; the values that it reads, in other
places, as means over an image, or from 0 up; or anything else, which are features."""


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """A weight that a layer owns.

    `slot` is its Keras name (`kernel`, `moving_mean`), `shape` is canonical (channels last, as Keras has it),
    `initializer` a name from `archspec.layers.attributes`, or the number that every element is. `fans` are (fan_in,
    fan_out) where they are not those that Keras reads off the shape.
    """

    slot: str
    shape: Shape
    initializer: str | float
    trainable: bool = True
    fans: tuple[int, int] | None = None


class LayerBase(BaseModel):
    """A layer's attributes, with Keras's names, meanings and defaults; the class name is its `layer_type`.

    Instances are immutable and compare by value. Validators are built at a class's first use, because a command
    uses few of the classes that it imports.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Layer(LayerBase):
    """A primitive layer: one operation that every backend knows."""

    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int | None] = 1
    random: ClassVar[bool] = False
    """Whether the layer draws random numbers in training mode."""

    def primitive(self) -> Layer:
        """The layer that goes into the graph: this one, unless its class is another word for others."""
        return self

    def gives(self) -> Gives:
        """What its values are, for whoever reads the network's outputs."""
        return "features"

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """The output's shape; raises `ShapeError` where the inputs do not fit."""
        raise NotImplementedError

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """The weights, in Keras's order, for inputs that `infer` accepts."""
        return ()

    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Multiplications with an accumulation, for one sample; elementwise work counts nothing."""
        return 0

    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        """By how many unit roundoffs the inputs and the weights would have to be moved to give what rounding gives.

        A sum of n numbers in any order is the exact sum of numbers that are moved by about sqrt(n) unit roundoffs.
        """
        return math.sqrt(max(1.0, self.multiply_adds(inputs, output) / math.prod(output)))


class CompositeLayer(LayerBase):
    """A layer made of others: it is lowered like a named `Sequential` and no backend ever sees it."""

    def layers(self) -> list[dict[str, object]]:
        """What it is made of, as layers of the language, each with a name."""
        raise NotImplementedError
