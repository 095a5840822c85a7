"""Values of another shape than the compiler worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archspec.backend import Arrays
from archspec.ir import Shape


@dataclass(frozen=True, slots=True)
class OtherShape:
    """A value that some backends make of another shape than the compiler worked out, the batch axis left out."""

    value: str
    expected: Shape
    found: Mapping[str, Shape]
    """By the backend's name, those that have another only."""

    def sentence(self) -> str:
        """The same in words."""
        others = ", ".join(f"{backend} makes it {shape}" for backend, shape in self.found.items())
        return f"{self.value} should be {self.expected}: {others}"

    def record(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {"expected": list(self.expected), "found": {name: list(shape) for name, shape in self.found.items()}}


def other_shape(value: str, expected: Shape, arrays: Arrays) -> OtherShape | None:
    """Whether any of the backends' arrays, by the backend's name, has another shape; None if none has."""
    found = {backend: tuple(array.shape[1:]) for backend, array in arrays.items() if array.shape[1:] != expected}
    return OtherShape(value, expected, found) if found else None
