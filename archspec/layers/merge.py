"""Merging.

These read two layers or more, which `inputs` lists; `Subtract` reads two. Along an axis of length 1 an input is
repeated, but not by `Concatenate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Layer, Moments, Shape
from archspec.ir.moments import joined
from archspec.layers.attributes import Axis
from archspec.layers.axes import axis_index


def _listed(shapes: Sequence[Shape]) -> str:
    different = [str(shape) for shape in dict.fromkeys(shapes)]
    return " and ".join([", ".join(different[:-1]), different[-1]])


class Merge(Layer):
    """A layer of two inputs or more."""

    is_base = True
    min_inputs = 2
    max_inputs: ClassVar[int | None] = None


class ElementwiseMerge(Merge):
    """A function of the inputs' elements at each place; along an axis of length 1 an input is repeated."""

    is_base = True
    feature_order = "kept"

    @override
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        if len({len(shape) for shape in inputs}) > 1:
            raise ShapeError(f"inputs {_listed(inputs)} have different numbers of axes")
        sizes = [set(axis) - {1} for axis in zip(*inputs, strict=True)]
        if any(len(axis) > 1 for axis in sizes):
            raise ShapeError(f"inputs {_listed(inputs)} do not have the same shape")
        return tuple(max(axis, default=1) for axis in sizes)


class Add(ElementwiseMerge):
    """The sum of the inputs."""

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return _sum(inputs)


class Multiply(ElementwiseMerge):
    """The product of the inputs."""

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

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        total = _sum(inputs)
        return Moments(total.mean / len(inputs), total.variance / len(inputs) ** 2)


class Maximum(ElementwiseMerge):
    """The largest of the inputs."""

    @override
    def nonnegative(self, inputs: bool) -> bool:
        return inputs

    @override
    def moments(self, inputs: Sequence[Moments], shapes: Sequence[Shape]) -> Moments:
        return _extreme(inputs, 0.5)


class Minimum(ElementwiseMerge):
    """The smallest of the inputs."""

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
    def infer(self, inputs: Sequence[Shape]) -> Shape:
        first = inputs[0]
        index = axis_index(self.axis, first)
        others = [shape[:index] + shape[index + 1 :] for shape in inputs]
        if any(len(shape) != len(first) for shape in inputs) or any(other != others[0] for other in others):
            raise ShapeError(
                f"inputs {_listed(inputs)} differ in more than axis {self.axis}, along which they are joined"
            )
        return (*first[:index], sum(shape[index] for shape in inputs), *first[index + 1 :])


def _sum(inputs: Sequence[Moments]) -> Moments:
    return Moments(sum(each.mean for each in inputs), sum(each.variance for each in inputs))


def _extreme(inputs: Sequence[Moments], deviations: float) -> Moments:
    """The mean of the inputs, and so many deviations of the widest beyond it."""
    widest = max(each.variance for each in inputs)
    return Moments(_sum(inputs).mean / len(inputs) + deviations * math.sqrt(widest), widest)
