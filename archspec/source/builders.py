"""Builders of collections: values are added one by one, and the finished collection has all positions.

They run once for each value, so they do little more than append.
"""

from __future__ import annotations

from array import array
from typing import ClassVar

from archspec.errors import Diagnostic, Source, Span
from archspec.source.faults import Faults
from archspec.source.values import Mapping, Sequence


class Root:
    """The container of the outermost value."""

    __slots__ = ("value",)

    closer: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False

    def __init__(self) -> None:
        self.value: object = None

    def add(self, value: object, start: int, end: int) -> None:
        """The document's value."""
        self.value = value


class SequenceBuilder:
    """An unfinished list. `closer` is the bracket that ends it, empty in block style."""

    __slots__ = ("_offsets", "_value", "closer", "start")

    needs_key: ClassVar[bool] = False

    def __init__(self, start: int, closer: str) -> None:
        self.start = start
        self.closer = closer
        self._value = Sequence()
        self._offsets: list[int] = []

    @property
    def last(self) -> int:
        """The end of the last value, or the beginning of an empty list."""
        return self._offsets[-1] if self._offsets else self.start

    def add(self, value: object, start: int, end: int) -> None:
        """Add the next item with its position."""
        self._value.append(value)
        self._offsets += (start, end)

    def close(self, source: Source, end: int) -> Sequence:
        """The finished list; `end` is where its text ends."""
        value = self._value
        value.source, value.start, value.end = source, self.start, end
        value.positions = array("I", self._offsets) if self._offsets else NO_POSITIONS
        return value


class MappingBuilder:
    """An unfinished mapping. Keys and values are added in turn: `key`, then `add`.

    `needs_key` says whether the next one is a key; `pending` is the key without a value.
    """

    __slots__ = ("_offsets", "_refused", "_value", "closer", "needs_key", "pending", "start")

    def __init__(self, start: int, closer: str) -> None:
        self.start = start
        self.closer = closer
        self.needs_key = True
        self._refused = False
        self._value = Mapping()
        self._offsets: list[int] = []

    @property
    def last(self) -> int:
        """The end of the last value, or the beginning of an empty mapping."""
        return self._offsets[-1] if self._offsets else self.start

    def key(self, key: str, start: int, end: int, faults: Faults) -> None:
        """Add the next key. A duplicate key is a fault, and the first one's value stays."""
        self.pending = (key, start, end)
        self.needs_key = False
        if key in self._value:
            self._refused = True
            faults.add(self._duplicate(key, Span(faults.source, start, end)))

    def refuse_key(self) -> None:
        """Skip an invalid key; its value is read and dropped."""
        self.pending = ("", 0, 0)
        self._refused = True
        self.needs_key = False

    def add(self, value: object, start: int, end: int) -> None:
        """Add the value of the last key with its position."""
        self.needs_key = True
        if self._refused:
            self._refused = False
            return
        key, key_start, key_end = self.pending
        self._value[key] = value
        self._offsets += (key_start, key_end, start, end)

    def close(self, source: Source, end: int) -> Mapping:
        """The finished mapping; `end` is where its text ends."""
        value = self._value
        value.source, value.start, value.end = source, self.start, end
        value.positions = array("I", self._offsets) if self._offsets else NO_POSITIONS
        return value

    def _duplicate(self, key: str, where: Span) -> Diagnostic:
        at = 4 * list(self._value).index(key)
        first = Span(where.source, self._offsets[at], self._offsets[at + 1])
        note = f"the first one is at line {first.line}, column {first.column}"
        return Diagnostic("duplicate-key", f'"{key}" is given twice in one mapping', where, notes=(note,))


def words_of(source: Source) -> Sequence:
    """The words of a text between commas, without the spaces around them."""
    builder = SequenceBuilder(0, "")
    end = 0
    for word in source.text.split(","):
        start = end + len(word) - len(word.lstrip())
        builder.add(word.strip(), start, start + len(word.strip()))
        end += len(word) + 1
    return builder.close(source, len(source.text))


Builder = SequenceBuilder | MappingBuilder

NO_POSITIONS = array("I")
"""The positions in an empty collection."""
