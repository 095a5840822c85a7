"""The base classes of layers: attributes, and for primitive layers a type rule, weights, a cost and traits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from archspec.ir.essence import Essence, essence
from archspec.ir.initializers import Said
from archspec.ir.moments import NORMALISED, Moments
from archspec.ir.types import Axes, Shape, TensorType

Gives = Literal["features", "sums", "softmax", "sigmoid", "same", "means", "positive"]
"""The kind of a layer's values. `sums`: sums over all input features. `softmax` and `sigmoid`: probabilities. `same`:
the input's values in other places. `means`: means of them over an image. `positive`: the input's values from 0 up.
`features`: any other values."""

FeatureOrder = Literal["fixed", "kept", "joined", "summed"]
"""Whether a layer accepts the features of a vector in any order, if its weights have them in the same order. `fixed`:
no. `kept`: yes, and its output has the same order. `joined`: yes, and its output has the features of one input after
those of another. `summed`: yes, and its output has features of its own."""

Role = Literal["kernel", "shift", "scale", "mean", "variance"]
"""The role of a weight. `kernel`: a factor in sums of products with the input. `shift`: added to the output. `scale`:
multiplied with the output. `mean` and `variance`: moving statistics of the input."""


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """A weight that a layer owns.

    `slot` is its Keras name (`kernel`, `moving_mean`). `shape` is canonical: channels last, as in Keras. `initializer`
    is one of `archspec.ir.initializers` in its shortest form. `fans` are (fan_in, fan_out) if they differ from Keras's
    rule for the shape. `torch_fan_in` is the fan_in of the layer's kernel as PyTorch counts it, the number of products
    in an output; kernels and biases have it. `features` is the axis along the features of a vector input, if the layer
    accepts them in any order.

    Parity draws elements from `drawn`, (lowest, highest), if it is given, and otherwise by the `role`. A weight without
    both is drawn around its initial value; with a random initializer it is drawn as a kernel.
    """

    slot: str
    shape: Shape
    initializer: Said
    trainable: bool = True
    fans: tuple[int, int] | None = None
    torch_fan_in: int | None = None
    role: Role | None = None
    drawn: tuple[float, float] | None = None
    features: int | None = None


@dataclass(frozen=True, slots=True)
class Normalisation:
    """A layer subtracts the mean of its elements, and divides by sqrt(variance + epsilon).

    `axes` are the axes of the mean, as NumPy counts the axes of an array with a batch. The last axis may be divided
    into `groups` with their own means.
    """

    axes: tuple[int, ...]
    epsilon: float
    groups: int = 1

    def count(self, shape: Shape) -> int:
        """The number of elements in a mean, for one sample of this shape."""
        last = len(shape)
        sizes = (shape[axis - 1] // (self.groups if axis == last else 1) for axis in self.axes if axis)
        return math.prod(sizes)


@dataclass(frozen=True, slots=True)
class Channelwise:
    """Outside of training, a layer multiplies each channel by a factor and adds a shift.

    Both are functions of its weights by their slots, arrays of NumPy, and give an array with a number for each channel,
    or one for all. `shift` is None for a layer that adds nothing.
    """

    factor: Callable[[Mapping[str, Any]], Any]
    shift: Callable[[Mapping[str, Any]], Any] | None = None


@dataclass(frozen=True, slots=True)
class Kernel:
    """A layer's output is sums of products of its input with its weight `kernel`, and it adds `bias` if it has it.

    `outputs` are the axes of the kernel along which the output channels are, the last one fastest. In each of the
    `groups`, every output channel sums products with every input channel, which are along the axis before the last;
    None for other sums.
    """

    outputs: tuple[int, ...]
    groups: int | None = None


class LayerBase(BaseModel):
    """A layer's attributes, with Keras's names, meanings and defaults; the class name is its `layer_type`.

    Instances are immutable and compare by value. Validators are built at a class's first use, because a command
    uses few of the classes that it imports.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)

    is_base: ClassVar[bool] = True
    """Whether a class is a base class and no layer type. Each class sets it itself; it is not inherited."""


class Layer(LayerBase):
    """A primitive layer: one operation that every backend knows.

    The defaults of the traits are the safe choices: features have a fixed order, outputs may be negative, and weights
    are drawn around their initial values.
    """

    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int | None] = 1
    random: ClassVar[bool] = False
    """Whether the layer draws random numbers in training mode; then it has a `rate`, and draws none at a rate of 0."""

    commutes: ClassVar[bool] = False
    """Whether the order of its inputs does not matter."""

    silent: ClassVar[frozenset[str]] = frozenset()
    """Attributes that its weights' shapes tell, or that have an effect in training only."""

    feature_order: ClassVar[FeatureOrder] = "fixed"
    """Whether the features of a vector, and its own weights with them, may come in any order."""

    def order(self) -> FeatureOrder:
        """Its `feature_order`, unless its attributes decide that."""
        return self.feature_order

    def primitive(self) -> Layer:
        """The layer in the graph: this one, unless its class is an alias of others."""
        return self

    def doubt(self) -> str | None:
        """A warning about an attribute with a value that is allowed and hardly meant; None without one."""
        return None

    def essence(self, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
        """Its function outside of training, the same for all ways of writing it; None for the identity.

        `reads` and `gives` are the axes of its inputs and its output, None if they are unknown: then a layer that
        depends on them keeps its words. The default are all attributes but `silent` ones, the activation, which is a
        layer of its own, and initial values, which have names in `_initializer`.
        """
        if self.random:
            return None
        found = {name: value for name, value in dict(self).items() if name not in self.silent | {"activation"}}
        axis = found.get("axis")
        if isinstance(axis, int) and axis > 0 and reads and reads[0] is not None:
            found["axis"] = axis - 1 - len(reads[0])
        return essence(type(self).__name__, {name: found[name] for name in found if not name.endswith("_initializer")})

    def gives(self) -> Gives:
        """The kind of its values, for the description of a network's outputs."""
        return "features"

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        """The output's type; raises `ShapeError` if the inputs do not fit.

        An input's axis of unknown length can have any length. An output's axis that depends on it is unknown too. If
        the layer needs the length, it raises `UnknownSizeError`. The last axis is never unknown.
        """
        raise NotImplementedError

    def results(self, inputs: Sequence[TensorType]) -> tuple[TensorType, ...]:
        """The types of its results; a layer with several overrides it in place of `infer`."""
        return (self.infer(inputs),)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        """The weights, in Keras's order, for inputs that `infer` accepts."""
        return ()

    def multiply_adds(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Multiplications with an accumulation, for one sample; elementwise work counts nothing."""
        return 0

    def roundoffs(self, inputs: Sequence[Shape], output: Shape) -> float:
        """The relative perturbation of inputs and weights, in unit roundoffs, that has the effect of float32 rounding.

        A sum of n numbers in any order is the exact sum of numbers with perturbations of about sqrt(n) unit roundoffs.
        Here n is the number of products in one output element, or the number of elements in a normalisation's mean.
        """
        terms = self.multiply_adds(inputs, output) / math.prod(output)
        normalisation = self.normalisation(len(output) + 1)
        return math.sqrt(max(1.0, terms, normalisation.count(output) if normalisation else 0.0))

    def normalisation(self, rank: int) -> Normalisation | None:
        """Its normalisation of arrays with `rank` axes, with the batch; None if it does not normalise."""
        return None

    def channelwise(self) -> Channelwise | None:
        """Its factor and shift of each channel outside of training; None if its function is another one."""
        return None

    def kernel(self) -> Kernel | None:
        """The axes of its kernel; None if it is no linear layer. A linear layer has an attribute `use_bias`."""
        return None

    def nonnegative(self, inputs: bool) -> bool:
        """Whether outputs are at least 0 and pass no gradient at 0; `inputs`: whether all inputs are so."""
        return False

    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        """Estimated moments of its output for inputs of these moments and shapes, without kernels, scales and shifts.

        The default is the first input's moments, as for a layer that moves elements; or those of normalised elements.
        """
        return NORMALISED if self.normalisation(len(shapes[0]) + 1) else inputs[0]


class Elementwise(Layer):
    """A layer that applies one function to each element.

    A subclass has a `value`, or its own `moments`.
    """

    feature_order: ClassVar[FeatureOrder] = "kept"

    def value(self, x: float) -> float:
        """The function of an element; for `moments` an approximation is enough, but it must be finite."""
        raise NotImplementedError

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return inputs[0].applied(self.value)


class CompositeLayer(LayerBase):
    """A layer that consists of others. It is lowered like a named `Sequential`, so backends never see it."""

    def layers(self) -> list[dict[str, object]]:
        """Its layers, as dicts of the language, each with a name."""
        raise NotImplementedError
