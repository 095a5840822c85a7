"""The machine that runs a pickle: a stack with marks, and a memo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class PickleError(ValueError):
    """The bytes are no pickle, or an incomplete one."""


class Name(NamedTuple):
    """The name of a class or a function in a pickle, which is never imported."""

    module: str
    word: str


@dataclass(eq=False, slots=True)
class Made:
    """An object as the record of a call: the name of the callable, the arguments, the state, and the items."""

    maker: object
    arguments: object
    state: object = None
    items: dict[str | int, Any] = field(default_factory=dict)


Maker = Callable[[object, object], object]
"""Gives the object for a call of a name with arguments."""

Finder = Callable[[object], object]
"""Gives the object for a persistent id, which a format stores outside of its pickle."""


class Memo:
    """The numbered values that a pickle stored: a list, because most pickles count from 0, and a dict for the rest."""

    __slots__ = ("_others", "_row")

    def __init__(self) -> None:
        self._row: list[Any] = []
        self._others: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._row) + len(self._others)

    def put(self, number: int, value: object) -> None:
        """Store a value under a number; it replaces an earlier one."""
        if number == len(self._row):
            self._row.append(value)
            if self._others:
                self._others.pop(number, None)
        elif 0 <= number < len(self._row):
            self._row[number] = value
        else:
            self._others[number] = value

    def get(self, number: int) -> Any:
        """The value of this number; raises `KeyError`."""
        return self._row[number] if 0 <= number < len(self._row) else self._others[number]


class Machine:
    """The pickle's bytes, the stack above the last mark, the stacks below, and the memo."""

    __slots__ = ("data", "find", "make", "memo", "stack", "under")

    def __init__(self, data: Any, make: Maker, find: Finder) -> None:
        self.data, self.make, self.find = data, make, find
        self.stack: list[Any] = []
        self.under: list[list[Any]] = []
        self.memo = Memo()

    def take(self, at: int, size: int) -> bytes:
        """The bytes of the pickle at an offset."""
        found: bytes = self.data[at : at + size]
        if len(found) < size:
            raise PickleError("it is cut off")
        return found

    def line(self, at: int) -> tuple[str, int]:
        """The text up to the next line break, and the offset after it."""
        end = self.data.find(b"\n", at)
        if end < 0:
            raise PickleError("it is cut off")
        return bytes(self.data[at:end]).decode("utf-8", "surrogatepass"), end + 1

    def marked(self) -> list[Any]:
        """Remove the last mark and return the values above it."""
        found = self.stack
        self.stack = self.under.pop()
        return found
