"""YAML's anchors: the value of each, the number of values in it, and its depth.

An alias is no copy: the value is shared. But a walk through the document visits it at every alias, so an alias counts
as all values in it. This bound stops a text of a few lines from meaning billions of values.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchor's value, the number of values in it, and its levels of collections."""

    value: object
    values: int
    height: int


@dataclass(slots=True)
class _Begun:
    """An unfinished anchored collection: its beginning, and the largest depth in it so far."""

    name: str
    depth: int
    values_before: int
    deepest: int


class Anchors:
    """The anchors of one document, in the order of the text; a repeated name means the later value."""

    def __init__(self) -> None:
        self._ended: dict[str, Anchored] = {}
        self._begun: list[_Begun] = []

    def find(self, name: str) -> Anchored | None:
        """The anchor for an alias of this name; None if no earlier value has it."""
        return self._ended.get(name)

    def is_around(self, name: str) -> bool:
        """Whether a collection with this anchor is unfinished."""
        return any(begun.name == name for begun in self._begun)

    def scalar(self, name: str, value: object) -> None:
        """Add a scalar with an anchor."""
        self._ended[name] = Anchored(value, 1, 0)

    def begin(self, name: str, depth: int, values_before: int) -> None:
        """Begin a collection with an anchor at this depth."""
        self._ended.pop(name, None)
        self._begun.append(_Begun(name, depth, values_before, depth))

    def reach(self, depth: int) -> None:
        """Note a value at this depth; the outer anchored collections get the depth later."""
        if self._begun and self._begun[-1].deepest < depth:
            self._begun[-1].deepest = depth

    def end(self, depth: int, value: object, values: int) -> None:
        """End the collection at this depth, after this number of values of the document. It may have no anchor."""
        if not self._begun or self._begun[-1].depth != depth:
            return
        done = self._begun.pop()
        self._ended[done.name] = Anchored(value, values - done.values_before, done.deepest - done.depth + 1)
        self.reach(done.deepest)
