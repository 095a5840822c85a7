"""Layers that make one value of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from archspec.errors import ShapeError
from archspec.ir import Layer, Shape
from archspec.layers.attributes import Axis
from archspec.layers.axes import axis_index


def _listed(shapes: Sequence[Shape]) -> str:
    different = [str(shape) for shape in dict.fromkeys(shapes)]
    return " and ".join([", ".join(different[:-1]), different[-1]])


class Merge(Layer):
    """A layer of two inputs or more."""

    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int | None] = None


class ElementwiseMerge(Merge):
    """A function of the inputs' elements at each place; along an axis of length 1 an input is repeated."""

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


class Multiply(ElementwiseMerge):
    """The product of the inputs."""


class Subtract(ElementwiseMerge):
    """The first input less the second."""

    max_inputs: ClassVar[int | None] = 2


class Average(ElementwiseMerge):
    """The mean of the inputs."""


class Maximum(ElementwiseMerge):
    """The largest of the inputs."""


class Minimum(ElementwiseMerge):
    """The smallest of the inputs."""


class Concatenate(Merge):
    """The inputs one after the other along `axis`."""

    axis: Axis = -1

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
