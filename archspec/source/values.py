"""The values of a document: dicts and lists with their positions in the text."""

from __future__ import annotations

from array import array
from collections.abc import Sequence as AnySequence
from typing import Final

from archspec.errors import Source, Span


class Empty:
    """The type of `EMPTY`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY: Final = Empty()
"""Stands in YAML where a value is missing, after a key's colon or a dash. No part of the language accepts it."""


class Mapping(dict[str, object]):
    """A dict from a text. It must not be changed, because its positions are in the order of the keys.

    `positions` has four offsets a key: the key's start and end, the value's start and end.
    """

    __slots__ = ("_order", "end", "positions", "source", "start")

    source: Source
    start: int
    end: int
    positions: array[int]
    _order: dict[str, int]

    @property
    def span(self) -> Span:
        """The whole mapping, braces included."""
        return Span(self.source, self.start, self.end)

    def key_span(self, key: str) -> Span:
        """The key itself without quotes; KeyError if there is no such key."""
        at = self._index(key)
        return Span(self.source, self.positions[at], self.positions[at + 1])

    def value_span(self, key: str) -> Span:
        """The value of a key; for an empty value its expected place."""
        at = self._index(key)
        return Span(self.source, self.positions[at + 2], self.positions[at + 3])

    def _index(self, key: str) -> int:
        # The order is only needed for few mappings, so it is made on demand.
        if not hasattr(self, "_order"):
            self._order = {name: 4 * index for index, name in enumerate(self)}
        return self._order[key]


class Sequence(list[object]):
    """A list from a text. It must not be changed.

    `positions` has two offsets an item: its start and end.
    """

    __slots__ = ("end", "positions", "source", "start")

    source: Source
    start: int
    end: int
    positions: array[int]

    @property
    def span(self) -> Span:
        """The whole list, brackets included."""
        return Span(self.source, self.start, self.end)

    def item_span(self, index: int) -> Span:
        """The item at this index, counted from 0; IndexError if there is none."""
        at = 2 * range(len(self))[index]
        return Span(self.source, self.positions[at], self.positions[at + 1])


def locate(root: object, path: AnySequence[str | int], *, key: bool = False) -> Span | str:
    """The position of the value at `path`, or of its key if `key` is true.

    For values without a text it is the path in words, `layers[3].filters`. For a missing value it is the position of
    the deepest value on the way to it.
    """
    found = _span_of(root)
    value = root
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        try:
            if isinstance(value, Mapping) and isinstance(step, str):
                found = value.key_span(step) if key and last else value.value_span(step)
            elif isinstance(value, Sequence) and isinstance(step, int):
                found = value.item_span(step)
            else:
                break
            value = value[step]  # type: ignore[index]  # the step fits the container, as was just asked
        except (KeyError, IndexError):
            break
    return found if found is not None else words(path)


def words(path: AnySequence[str | int]) -> str:
    """A path in Python's syntax: `layers[3].filters`."""
    if not path:
        return "the document"
    text = ""
    for step in path:
        if isinstance(step, str) and step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{step!r}]"
    return text


def _span_of(value: object) -> Span | None:
    return value.span if isinstance(value, (Mapping, Sequence)) else None
