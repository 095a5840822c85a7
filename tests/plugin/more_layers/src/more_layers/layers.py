"""What the layers are: attributes, shapes and weights. Nothing here knows a framework."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.errors import ShapeError
from archspec.ir import CompositeLayer, Elementwise, Layer, Normalisation, TensorType, WeightSpec


class HardShrink(Elementwise):
    """x where it is beyond `threshold` on either side, and 0 between."""

    threshold: float = 0.5

    def value(self, x: float) -> float:
        return x if abs(x) > self.threshold else 0.0


class AlphaDropout(Layer):
    """Dropout that keeps the mean and the deviation of what a SELU makes (Klambauer et al. 2017)."""

    random = True
    feature_order = "kept"
    rate: float

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]


class GroupNorm(Layer):
    """Each group of channels less its mean, divided by its deviation, times gamma, plus beta (Wu and He 2018)."""

    groups: int
    epsilon: float = 1e-5

    def normalisation(self, rank: int) -> Normalisation:
        return Normalisation(tuple(range(1, rank)), self.epsilon, self.groups)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        channels = inputs[0].channels
        if channels % self.groups:
            raise ShapeError(f"{self.groups} groups do not divide {channels} channels")
        return inputs[0]

    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels,)
        return (WeightSpec("gamma", shape, "ones", role="scale"), WeightSpec("beta", shape, "zeros", role="shift"))


class SilentGroupNorm(Layer):
    """The same layer, of which nothing is said but its shapes and weights."""

    groups: int
    epsilon: float = 1e-5

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]

    def weights(self, inputs: Sequence[TensorType]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].channels,)
        return (WeightSpec("gamma", shape, "ones"), WeightSpec("beta", shape, "zeros"))


class ConvUnit(CompositeLayer):
    """A convolution, group normalisation and shrinkage: made of others, so no backend needs to know it."""

    filters: int
    groups: int = 2
    threshold: float = 0.1

    def layers(self) -> list[dict[str, object]]:
        return [
            {
                "name": "conv",
                "layer_type": "Conv2D",
                "filters": self.filters,
                "kernel_size": 3,
                "strides": 2,
                "padding": "same",
            },
            {"name": "norm", "layer_type": "GroupNorm", "groups": self.groups},
            {"layer_type": "HardShrink", "threshold": self.threshold},
        ]
