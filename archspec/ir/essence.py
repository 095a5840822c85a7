"""The function of a layer, in a form in which functions are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Essence(NamedTuple):
    """The function of a step: its kind, and the attributes that change the function."""

    kind: str
    attributes: tuple[tuple[str, object], ...] = ()


def essence(kind: str, attributes: Mapping[str, object]) -> Essence:
    """The essence with these attributes.

    Numbers lose their last digits: 0.224 ** 2 and 0.050176 are the same.
    """
    return Essence(kind, tuple(sorted((name, _rounded(value)) for name, value in attributes.items())))


def _rounded(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(map(_rounded, value))
    return float(f"{value:.12g}") if isinstance(value, float) else value
