"""The values that layers read while a network is lowered: values of the graph, and those of unknown type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archspec.ir import Input, Result, TensorType, Value


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value of unknown type, after a fault in the document. Two are equal if their names are.

    It may stand for `several` values, if it is that of a layer with `each`.
    """

    name: str
    several: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Several:
    """The values of a layer with `each`: its path, and the values by their names, of which each is one value."""

    path: str
    values: tuple[tuple[str, Value | Unknown], ...]

    def __str__(self) -> str:
        return self.path


Wire = Value | Unknown | Several

AMBIGUOUS_INPUT: Final = Unknown("")
"""Stands for the first layer's input where the network has several inputs."""


def type_of(wire: Wire) -> TensorType | None:
    """The type of a value, None if it is unknown."""
    return wire.type if isinstance(wire, Input | Result) else None


def single(wires: Iterable[Wire]) -> tuple[Value | Unknown, ...]:
    """The wires, with all values of a layer with `each` in its place."""
    found: list[Value | Unknown] = []
    for wire in wires:
        found += [value for _, value in wire.values] if isinstance(wire, Several) else [wire]
    return tuple(found)


def known(wires: Iterable[Wire]) -> tuple[Value, ...]:
    """The values of the graph among the wires."""
    return tuple([wire for wire in wires if isinstance(wire, Input | Result)])
