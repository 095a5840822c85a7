"""The lifetimes of a body's values, for naming variables and joining lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.program.cases import Value
from archspec.program.model import Apply, Body, If
from archspec.program.walking import bodies_of


class Lifetimes:
    """Numbers the items of a body, also inside conditions and loops, and records when each value is read."""

    def __init__(self, body: Body, outputs: Iterable[Value] = ()) -> None:
        self._made: dict[Value, int] = {}
        self._last: dict[Value, int] = {}
        self._reads: dict[Value, int] = {}
        self._merged: set[Value] = set()
        self._position = 0
        self._walk(body)
        self._position += 1
        results = list(outputs) or [body.output]
        self._read(results, several=len(results) > 1)

    def reads(self, value: Value) -> int:
        """The number of times that a value is read."""
        return self._reads.get(value, 0)

    def is_live_after(self, value: Value, other: Value) -> bool:
        """Whether a value is read after another one is made."""
        return self._last.get(value, -1) > self._made.get(other, -1)

    def is_branch(self, value: Value) -> bool:
        """Whether a value is an input of a merge, or is read several times."""
        return value in self._merged or self.reads(value) > 1

    def _walk(self, body: Body) -> None:
        for item in body.items:
            self._position += 1
            if isinstance(item, Apply):
                self._read(item.inputs, several=len(item.inputs) > 1)
            else:
                self._read([item.source], several=False)
                for inner in bodies_of(item):
                    self._walk(inner)
                    self._position += 1
                    self._read([inner.output], several=False)
                if isinstance(item, If):
                    # It is the value of the `if` for a false test.
                    self._last[item.source] = self._position
            self._made[item.output] = self._position

    def _read(self, values: Sequence[Value], *, several: bool) -> None:
        for value in values:
            self._last[value] = self._position
            self._reads[value] = self._reads.get(value, 0) + 1
            if several:
                self._merged.add(value)
