"""Values whose shape in a backend is not the shape that the compiler inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archspec.backend import Arrays
from archspec.ir import Axes, Shape, shown


@dataclass(frozen=True, slots=True)
class ShapeMismatch:
    """A value whose shape differs in some backends from the inferred one; shapes leave the batch axis out."""

    value: str
    expected: Axes
    """None where any length is right."""
    found: Mapping[str, Shape]
    """The other shapes, by the backend's name."""

    def sentence(self) -> str:
        """The mismatch as a sentence without its full stop."""
        others = ", ".join(f"{backend} makes it {shape}" for backend, shape in self.found.items())
        return f"{self.value} should be {shown(self.expected)}: {others}"

    def record(self) -> dict[str, Any]:
        """The mismatch as JSON has it."""
        return {"expected": list(self.expected), "found": {name: list(shape) for name, shape in self.found.items()}}


def has_axes(array: Any, axes: Axes) -> bool:
    """Whether an array has these axes behind its batch; any length will do for one that is unknown."""
    shape = array.shape[1:]
    return len(shape) == len(axes) and all(axis in (None, size) for axis, size in zip(axes, shape, strict=True))


def shape_mismatch(value: str, expected: Axes, arrays: Arrays) -> ShapeMismatch | None:
    """The mismatch of the backends' arrays, by the backend's name, with the inferred axes; None if there is none."""
    found = {backend: tuple(array.shape[1:]) for backend, array in arrays.items() if not has_axes(array, expected)}
    return ShapeMismatch(value, expected, found) if found else None
