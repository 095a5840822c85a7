"""The machine that a pickle is a program for: a stack, marks in it, and a memo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class PickleError(ValueError):
    """The bytes are no pickle, or not a whole one."""


class Name(NamedTuple):
    """A class or a function that a pickle names; it is never imported."""

    module: str
    word: str


@dataclass(eq=False, slots=True)
class Made:
    """An object of which only this is known: what makes it from which arguments, its state, and its items."""

    maker: object
    arguments: object
    state: object = None
    items: dict[str | int, Any] = field(default_factory=dict)


Maker = Callable[[object, object], object]
"""Gives the object that calling a name with arguments makes."""

Finder = Callable[[object], object]
"""Gives the object for a persistent id: what a format keeps outside of its pickle."""


class Memo:
    """What a program has put aside, by numbers. Most count from 0 on, so that a list has them; few need a dict."""

    __slots__ = ("_others", "_row")

    def __init__(self) -> None:
        self._row: list[Any] = []
        self._others: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._row) + len(self._others)

    def put(self, number: int, value: object) -> None:
        """Put a value aside, in place of the one of this number if there is one."""
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
    """The program's bytes, the stack above the last mark, the stacks below, and the memo."""

    __slots__ = ("data", "find", "make", "memo", "stack", "under")

    def __init__(self, data: Any, make: Maker, find: Finder) -> None:
        self.data, self.make, self.find = data, make, find
        self.stack: list[Any] = []
        self.under: list[list[Any]] = []
        self.memo = Memo()

    def take(self, at: int, size: int) -> bytes:
        """Bytes of the program."""
        found: bytes = self.data[at : at + size]
        if len(found) < size:
            raise PickleError("it is cut off")
        return found

    def line(self, at: int) -> tuple[str, int]:
        """The text up to the next line break, and the place behind it."""
        end = self.data.find(b"\n", at)
        if end < 0:
            raise PickleError("it is cut off")
        return bytes(self.data[at:end]).decode("utf-8", "surrogatepass"), end + 1

    def marked(self) -> list[Any]:
        """What lies above the last mark."""
        found = self.stack
        self.stack = self.under.pop()
        return found
