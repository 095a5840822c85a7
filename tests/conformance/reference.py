"""What cases are made of, and windows over an image said slowly, from the frameworks' documentation in words.

Nothing here or in `cases` imports archspec: what a layer means, and what its attributes are when they are not given,
is written a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """One use of a layer type: its attributes as a spec has them, and the shapes that it reads.

    `spread` is the inputs' standard deviation. With `rectified` a ReLU stands before the layer, which backends may
    make use of. With `whole` the inputs are whole numbers: they meet each other and the places where functions bend.
    """

    attributes: Mapping[str, Any]
    shapes: Sequence[Shape]
    spread: float = 2.0
    rectified: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Conformance:
    """What a layer type means, and the uses in which every backend has to mean it.

    `meaning` takes the inputs with a batch axis, the weights by `weights` and the attributes by their names.
    `gradients` is how far these may be apart, which is more where a framework's own are not exact in float64.
    """

    meaning: Callable[..., Array]
    cases: Sequence[Case]
    gradients: float = 1e-9


def case(attributes: Mapping[str, Any], *shapes: Shape, **how: Any) -> Case:
    """A use of a layer type; `how` are the other fields of `Case`."""
    return Case(attributes, shapes, **how)


def pair(value: Any) -> tuple[Any, Any]:
    """A number for both axes, or one for each."""
    first, second = value if isinstance(value, list | tuple) else (value, value)
    return first, second


@dataclass(frozen=True)
class Window:
    """A window along one axis: the places that it covers, and which of them hold an element or padding.

    A place beyond the padding is neither: `ceil_mode` lets a last window reach there.
    """

    places: tuple[int, ...]
    inside: tuple[bool, ...]
    padding: tuple[bool, ...]


def edges(padding: Any, size: int, kernel: int, stride: int, dilation: int, axis: int) -> tuple[int, int]:
    """Padding before and after one axis, of 0 (vertical) or 1. "same" is as TensorFlow's guide to padding has it."""
    reach = (kernel - 1) * dilation + 1
    word = padding.lower() if isinstance(padding, str) else ""
    if word == "valid":
        return 0, 0
    if word == "same":
        total = max(reach - stride, 0) if size % stride == 0 else max(reach - size % stride, 0)
        return total // 2, total - total // 2
    before, after = pair(pair(padding)[axis])
    return before, after


def windows(size: int, kernel: int, stride: int, dilation: int, pad: tuple[int, int], ceil: bool) -> Iterator[Window]:
    """The windows along an axis.

    PyTorch on `ceil_mode`: windows may go off-bounds if they start within the left padding or the input; those that
    would start in the right padding are ignored.
    """
    before, after = pad
    reach = (kernel - 1) * dilation + 1
    start = -before
    while True:
        fits = start + reach <= size + after
        something_left = start - stride + reach < size + after
        if not (fits or (ceil and something_left and start < size)):
            return
        places = tuple(start + step * dilation for step in range(kernel))
        inside = tuple(0 <= place < size for place in places)
        yield Window(
            places,
            inside,
            tuple(-before <= place < size + after and not held for place, held in zip(places, inside, strict=True)),
        )
        start += stride


def grid(
    shape: Shape, kernel: Any, strides: Any, padding: Any, dilation: Any = 1, ceil: bool = False
) -> tuple[list[Window], list[Window]]:
    """The windows of an image (height, width, ...): rows of them and columns of them."""
    rows, columns = (
        list(
            windows(
                shape[axis],
                pair(kernel)[axis],
                pair(strides)[axis],
                pair(dilation)[axis],
                edges(padding, shape[axis], pair(kernel)[axis], pair(strides)[axis], pair(dilation)[axis], axis),
                ceil,
            )
        )
        for axis in (0, 1)
    )
    return rows, columns


def elements(row: Window, column: Window) -> Iterator[tuple[int, int, int, int]]:
    """(tap's row, tap's column, row, column) of each element of the image in a window."""
    for i, (y, held) in enumerate(zip(row.places, row.inside, strict=True)):
        for j, (x, also) in enumerate(zip(column.places, column.inside, strict=True)):
            if held and also:
                yield i, j, y, x


def axis_of(axis: int, array: Array) -> int:
    """An axis as Keras counts them: the batch is 0."""
    return axis % array.ndim
