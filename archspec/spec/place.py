"""Where in the document a value stands."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.errors import Span
from archspec.source import locate

Where = Span | str
"""A stretch of the text, or, for a document that was given as Python values, the path in words."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value's place: the way to it from the document's root. Where that is in the text is only asked for messages."""

    root: object
    path: tuple[str | int, ...] = ()

    def inside(self, *steps: str | int) -> Place:
        """The place of a value inside this one."""
        return Place(self.root, self.path + steps)

    @property
    def where(self) -> Where:
        """Where the value stands."""
        return locate(self.root, self.path)

    @property
    def span(self) -> Span | None:
        """Where the value stands in the text, if there is one."""
        where = self.where
        return where if isinstance(where, Span) else None

    def key(self, key: str) -> Where:
        """Where a key of this mapping stands."""
        return locate(self.root, (*self.path, key), key=True)


@dataclass(frozen=True, slots=True)
class MadePlace(Place):
    """The place of values that stand nowhere, as the layers of which a layer is made: all of them are at `path`."""

    def inside(self, *steps: str | int) -> Place:
        """This very place."""
        return self

    def key(self, key: str) -> Where:
        """Where all of it stands."""
        return self.where
