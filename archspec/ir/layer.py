"""What every layer is: attributes, and for a primitive one a shape rule, weights and a cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from archspec.ir.moments import NORMALISED, Moments
from archspec.ir.types import Shape, TensorType

Gives = Literal["features", "sums", "softmax", "sigmoid", "same", "means", "positive"]
"""What a layer's values are: sums of all features that it reads; probabilities; the values that it reads, in other
places, as means over an image, or from 0 up; or anything else, which are features."""

FeatureOrder = Literal["fixed", "kept", "joined"]
"""Whether the features of a vector may come to a layer in any order: no (fixed); yes, and they leave it in the same
(kept); yes, and one input's leave it after another's (joined)."""

Role = Literal["kernel", "shift", "scale", "mean", "variance"]
"""What a layer does with a weight: a kernel is multiplied by elements of the input, and the products are summed; a
shift is added to the output, a scale multiplies it; a mean and a variance are moving statistics of the input."""


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """A weight that a layer owns.

    `slot` is its Keras name (`kernel`, `moving_mean`), `shape` is canonical (channels last, as Keras has it),
    `initializer` a name from `archspec.layers.attributes`, or the number that every element is. `fans` are (fan_in,
    fan_out) where they are not those that Keras reads off the shape.

    Parity draws elements from `drawn`, (lowest, highest), if it is given, and otherwise for the `role`. A weight that
    has neither is drawn around the number that it begins as; if its initializer is random, as a kernel.
    """

    slot: str
    shape: Shape
    initializer: str | float
    trainable: bool = True
    fans: tuple[int, int] | None = None
    role: Role | None = None
    drawn: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Normalisation:
    """A layer takes from elements their mean, and divides them by sqrt(variance + epsilon).

    `axes` are those over which the mean is taken, as numpy counts the axes of an array with a batch. The last axis may
    be divided into `groups` that have means of their own.
    """

    axes: tuple[int, ...]
    epsilon: float
    groups: int = 1

    def count(self, shape: Shape) -> int:
        """How many elements of one sample, which has this shape, a mean is taken over."""
        last = len(shape)
        sizes = (shape[axis - 1] // (self.groups if axis == last else 1) for axis in self.axes if axis)
        return math.prod(sizes)


class LayerBase(BaseModel):
    """A layer's attributes, with Keras's names, meanings and defaults; the class name is its `layer_type`.

    Instances are immutable and compare by value. Validators are built at a class's first use, because a command
    uses few of the classes that it imports.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    is_base: ClassVar[bool] = True
    """Whether a class is no layer type, but what several have in common; said by the class itself, never inherited."""


class Layer(LayerBase):
    """A primitive layer: one operation that every backend knows.

    What is not said of a layer is taken for the worst where that is safe: its features keep their places, its output
    may be negative, and its weights are drawn by how they begin.
    """

    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int | None] = 1
    random: ClassVar[bool] = False
    """Whether the layer draws random numbers in training mode; then it has a `rate`, and draws none at a rate of 0."""

    feature_order: ClassVar[FeatureOrder] = "fixed"
    """Whether the features of a vector, and its own weights with them, may come in any order."""

    def primitive(self) -> Layer:
        """The layer that goes into the graph: this one, unless its class is another word for others."""
        return self

    def gives(self) -> Gives:
        """What its values are, for whoever reads the network's outputs."""
        return "features"

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        """The output's type; raises `ShapeError` where the inputs do not fit.

        An axis of unknown length may have any. So the output's axis is unknown where it follows from that length, and
        where the layer must know the length, it raises `UnknownSizeError`. The last axis is never unknown.
        """
        raise NotImplementedError

    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        """The weights, in Keras's order, for inputs that `infer` accepts."""
        return ()

    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Multiplications with an accumulation, for one sample; elementwise work counts nothing."""
        return 0

    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        """By how many unit roundoffs the inputs and the weights would have to be moved to give what rounding gives.

        A sum of n numbers in any order is the exact sum of numbers that are moved by about sqrt(n) unit roundoffs.
        Here n counts the products of one element, or the elements of which a mean is taken to normalise.
        """
        terms = self.multiply_adds(inputs, output) / math.prod(output)
        normalisation = self.normalisation(len(output) + 1)
        return math.sqrt(max(1.0, terms, normalisation.count(output) if normalisation else 0.0))

    def normalisation(self, rank: int) -> Normalisation | None:
        """How it normalises arrays of `rank` axes, the batch counted; None if it does not."""
        return None

    def nonnegative(self, inputs: bool) -> bool:
        """Whether no output element is below 0, and no gradient passes where one is 0; `inputs`: whether all are so."""
        return False

    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        """Estimates of its output for inputs of these moments and shapes, apart from its kernels, scales and shifts.

        By themselves they are those of the first input, as of a layer that moves elements; or normalised.
        """
        return NORMALISED if self.normalisation(len(shapes[0]) + 1) else inputs[0]


class Elementwise(Layer):
    """A layer of which each output element is the same function of the input's element there.

    It has a `value`, or `moments` of its own.
    """

    feature_order: ClassVar[FeatureOrder] = "kept"

    def value(self, x: float) -> float:
        """The function; `moments` wants it near enough, and finite."""
        raise NotImplementedError

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].applied(self.value)


class CompositeLayer(LayerBase):
    """A layer made of others: it is lowered like a named `Sequential` and no backend ever sees it."""

    def layers(self) -> list[dict[str, object]]:
        """What it is made of, as layers of the language, each with a name."""
        raise NotImplementedError
