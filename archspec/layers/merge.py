"""Merging.

These read two layers or more, which `inputs` lists; `Subtract` reads two. Along an axis of length 1 an input is
repeated, but not by `Concatenate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from archspec.errors import ShapeError, UnknownSizeError
from archspec.ir import Axes, Layer, Moments, Shape, TensorType, are_known, shown
from archspec.ir.moments import joined
from archspec.layers.activation import OptionalActivation
from archspec.layers.attributes import Axis
from archspec.layers.axes import axis_index, unknown_size


def _listed(inputs: Sequence[TensorType]) -> str:
    different = [shown(axes) for axes in dict.fromkeys(read.axes for read in inputs)]
    return " and ".join([", ".join(different[:-1]), different[-1]])


def _unknown(what: str, inputs: Sequence[TensorType]) -> UnknownSizeError:
    return unknown_size(what, next(read.axes for read in inputs if not read.is_known))


class Merge(Layer):
    """A layer of two inputs or more."""

    is_base = True
    min_inputs = 2
    max_inputs: ClassVar[int | None] = None
    activation: OptionalActivation = None


class ElementwiseMerge(Merge):
    """A function of the inputs' elements at each place; along an axis of length 1 an input is repeated."""

    is_base = True
    feature_order = "kept"

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        if len({len(read.axes) for read in inputs}) > 1:
            raise ShapeError(f"inputs {_listed(inputs)} have different numbers of axes")
        sizes = [set(axis) - {1} for axis in zip(*(read.axes for read in inputs), strict=True)]
        if any(len(axis - {None}) > 1 for axis in sizes):
            raise ShapeError(f"inputs {_listed(inputs)} do not have the same shape")
        if any(len(axis) > 1 for axis in sizes):
            raise _unknown(f"whether inputs {_listed(inputs)} have the same shape", inputs)
        return inputs[0].with_axes(tuple(next(iter(axis), 1) for axis in sizes))


class Add(ElementwiseMerge):
    """The sum of the inputs."""

    commutes = True

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return _sum(inputs)


class Multiply(ElementwiseMerge):
    """The product of the inputs."""

    commutes = True

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        mean = math.prod(each.mean for each in inputs)
        return Moments(mean, math.prod(each.power for each in inputs) - mean**2)


class Subtract(ElementwiseMerge):
    """The first input less the second."""

    max_inputs = 2

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        first, second = inputs
        return Moments(first.mean - second.mean, first.variance + second.variance)


class Average(ElementwiseMerge):
    """The mean of the inputs."""

    commutes = True

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        total = _sum(inputs)
        return Moments(total.mean / len(inputs), total.variance / len(inputs) ** 2)


class Maximum(ElementwiseMerge):
    """The largest of the inputs."""

    commutes = True

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return _extreme(inputs, 0.5)


class Minimum(ElementwiseMerge):
    """The smallest of the inputs."""

    commutes = True

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return _extreme(inputs, -0.5)


class Concatenate(Merge):
    """The inputs one after the other along `axis`."""

    feature_order = "joined"
    axis: Axis = -1

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        index = axis_index(self.axis, shapes[0])
        return joined(inputs, [shape[index] for shape in shapes])

    @override
    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        first = inputs[0].axes
        index = axis_index(self.axis, first)
        others = [(*read.axes[:index], *read.axes[index + 1 :]) for read in inputs]
        axes = [set(axis) for axis in zip(*others, strict=False)]
        if any(len(read.axes) != len(first) for read in inputs) or any(len(axis - {None}) > 1 for axis in axes):
            raise ShapeError(
                f"inputs {_listed(inputs)} differ in more than axis {self.axis}, along which they are joined"
            )
        if any(len(axis) > 1 for axis in axes):
            raise _unknown(f"whether inputs {_listed(inputs)} can be joined", inputs)
        length = _total(tuple(read.axes[index] for read in inputs))
        return inputs[0].with_axes((*first[:index], length, *first[index + 1 :]))


def _total(sizes: Axes) -> int | None:
    """The length of all together; unknown if one is."""
    return sum(sizes) if are_known(sizes) else None


def _sum(inputs: Sequence[Moments]) -> Moments:
    return Moments(sum(each.mean for each in inputs), sum(each.variance for each in inputs))


def _extreme(inputs: Sequence[Moments], deviations: float) -> Moments:
    """The mean of the inputs, and so many deviations of the widest beyond it."""
    widest = max(each.variance for each in inputs)
    return Moments(_sum(inputs).mean / len(inputs) + deviations * math.sqrt(widest), widest)
