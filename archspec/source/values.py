"""The values of a document: dicts and lists that remember where in the text they stand."""

from __future__ import annotations

from array import array
from collections.abc import Sequence as AnySequence

from archspec.errors import Source, Span


class Mapping(dict[str, object]):
    """A dict that was read from a text. It is read, never changed: the positions follow the order of the keys.

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
        """The key itself, quotes excluded; KeyError where there is no such key."""
        at = self._index(key)
        return Span(self.source, self.positions[at], self.positions[at + 1])

    def value_span(self, key: str) -> Span:
        """The value that belongs to a key; of an empty value the place where it should be."""
        at = self._index(key)
        return Span(self.source, self.positions[at + 2], self.positions[at + 3])

    def _index(self, key: str) -> int:
        # Most mappings are never asked, so the order is only made for one that is.
        if not hasattr(self, "_order"):
            self._order = {name: 4 * index for index, name in enumerate(self)}
        return self._order[key]


class Sequence(list[object]):
    """A list that was read from a text. It is read, never changed.

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
        """The item at this index, counted from 0; IndexError where there is none."""
        at = 2 * range(len(self))[index]
        return Span(self.source, self.positions[at], self.positions[at + 1])


def locate(root: object, path: AnySequence[str | int], *, key: bool = False) -> Span | str:
    """Where the value at `path` stands, or its key if `key` is true.

    For values that were not read from a text: the path in words, `layers[3].filters`. Where the path leads to
    something that is missing, the deepest value on the way to it.
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
    """A path as one would write it in Python: `layers[3].filters`."""
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
