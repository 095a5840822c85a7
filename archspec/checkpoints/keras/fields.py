"""Typed access to JSON that can have anything in it; a wrong type is a `WeightsError` with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from archspec.checkpoints.listing import shown
from archspec.weights import WeightsError

_LONGEST = 2000
"""The largest number of characters of a name."""


class Fields:
    """A mapping in a model's configuration; `place` says in messages where it is."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            refuse(place, f"is {_kind(value)}, and should be a mapping")
        self.value: Mapping[str, Any] = value
        self.place = place

    def get(self, key: str) -> Any:
        """The value of a key; None if it is missing."""
        return self.value.get(key)

    def inside(self, key: str) -> Fields:
        """The mapping under a key."""
        return Fields(self.value.get(key), f"{self.place}.{key}")

    def list(self, key: str) -> Sequence[Any]:
        """The list under a key."""
        return as_list(self.value.get(key), f"{self.place}.{key}")

    def text(self, key: str) -> str:
        """The text under a key."""
        return as_text(self.value.get(key), f"{self.place}.{key}")


def as_text(value: object, place: str) -> str:
    """The value, if it is a short text."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        refuse(place, f"is {_kind(value)}, and should be a name")
    return value


def as_list(value: object, place: str) -> Sequence[Any]:
    """The value, if it is a list."""
    if not isinstance(value, list):
        refuse(place, f"is {_kind(value)}, and should be a list")
    return value


def as_count(value: object, place: str) -> int:
    """The value, if it is a whole number from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        refuse(place, f"is {_kind(value)}, and should be a whole number from 0")
    return value


def refuse(place: str, fault: str) -> NoReturn:
    """Raise the error about a place in the configuration."""
    raise WeightsError(f"the model's configuration is damaged: {shown(place)} {fault}")


def _kind(value: object) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "a long text", bool: "true or false", type(None): "missing"}
    return kinds.get(type(value), "a number")
