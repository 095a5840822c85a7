"""The values of a network: its inputs, and the results of its nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from archspec.ir.types import TensorType


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the network. Two are equal if their names are."""

    name: str
    type: TensorType = field(compare=False)

    def __str__(self) -> str:
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class Result:
    """A result of the node at a path; `number` counts the node's results. Two are equal if nodes and numbers are."""

    node: str
    type: TensorType = field(compare=False)
    number: int = 0

    def __str__(self) -> str:
        return f"{self.node}:{self.number}" if self.number else self.node


Value = Input | Result
"""A value. Its text is a name that is unique in the network: `@image` for an input, `layer1.0.conv1` for a result."""
