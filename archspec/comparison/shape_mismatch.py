"""Values whose shape in a backend is not the shape that the compiler inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archspec.backend import Arrays
from archspec.ir import Shape


@dataclass(frozen=True, slots=True)
class ShapeMismatch:
    """A value whose shape differs in some backends from the inferred one; shapes leave the batch axis out."""

    value: str
    expected: Shape
    found: Mapping[str, Shape]
    """The other shapes, by the backend's name."""

    def sentence(self) -> str:
        """The mismatch as a sentence without its full stop."""
        others = ", ".join(f"{backend} makes it {shape}" for backend, shape in self.found.items())
        return f"{self.value} should be {self.expected}: {others}"

    def record(self) -> dict[str, Any]:
        """The mismatch as JSON has it."""
        return {"expected": list(self.expected), "found": {name: list(shape) for name, shape in self.found.items()}}


def shape_mismatch(value: str, expected: Shape, arrays: Arrays) -> ShapeMismatch | None:
    """The mismatch of the backends' arrays, by the backend's name, with the inferred shape; None if there is none."""
    found = {backend: tuple(array.shape[1:]) for backend, array in arrays.items() if array.shape[1:] != expected}
    return ShapeMismatch(value, expected, found) if found else None
