"""Regularisation.

Outside of training these do nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import override

from archspec.ir import Layer, TensorType
from archspec.layers.attributes import Rate
from archspec.layers.window import image


class Dropout(Layer):
    """In training, elements are zeroed with probability `rate` and the others divided by 1 - rate."""

    random = True
    feature_order = "kept"
    rate: Rate

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class SpatialDropout2D(Layer):
    """Dropout of whole channels of an image."""

    random = True
    feature_order = "kept"
    rate: Rate

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        image(inputs[0].axes)
        return inputs[0]

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs


class StochasticDepth(Layer):
    """In training, samples are zeroed as a whole with probability `rate` and the others divided by 1 - rate.

    Huang et al. 2016, as torchvision.ops.StochasticDepth of mode "row" has it: for the end of a residual's branch.
    """

    random = True
    feature_order = "kept"
    rate: Rate

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return inputs[0]
