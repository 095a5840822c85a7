"""YAML's anchors: what each stands for, how many values that is, and how deep it goes.

An alias is no copy: the value is shared. But whoever walks the document meets it again at every alias, so an alias
counts as all the values in it; that is what stops a text of a few lines from standing for billions of values.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anchored:
    """What an anchor stands for: the value, the number of values in it, and how many levels of collections."""

    value: object
    values: int
    height: int


@dataclass(slots=True)
class _Begun:
    """An anchored collection that has not ended: where it began, and the greatest depth in it so far."""

    name: str
    depth: int
    values_before: int
    deepest: int


class Anchors:
    """The anchors of one document, in the order of the text; a name that comes again stands for the later value."""

    def __init__(self) -> None:
        self._ended: dict[str, Anchored] = {}
        self._begun: list[_Begun] = []

    def find(self, name: str) -> Anchored | None:
        """What an alias of this name stands for, or None if nothing before it has that anchor."""
        return self._ended.get(name)

    def is_around(self, name: str) -> bool:
        """Whether a collection with this anchor has begun and not ended."""
        return any(begun.name == name for begun in self._begun)

    def scalar(self, name: str, value: object) -> None:
        """A scalar with an anchor."""
        self._ended[name] = Anchored(value, 1, 0)

    def begin(self, name: str, depth: int, values_before: int) -> None:
        """A collection with an anchor begins at this depth."""
        self._ended.pop(name, None)
        self._begun.append(_Begun(name, depth, values_before, depth))

    def reach(self, depth: int) -> None:
        """Something stands at this depth; the anchored collections around the innermost one hear of it later."""
        if self._begun and self._begun[-1].deepest < depth:
            self._begun[-1].deepest = depth

    def end(self, depth: int, value: object, values: int) -> None:
        """The collection at this depth ends, after so many values of the document. It may have no anchor."""
        if not self._begun or self._begun[-1].depth != depth:
            return
        done = self._begun.pop()
        self._ended[done.name] = Anchored(value, values - done.values_before, done.deepest - done.depth + 1)
        self.reach(done.deepest)
