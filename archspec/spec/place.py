"""The places of values in a document."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.errors import Where
from archspec.source import locate


@dataclass(frozen=True, slots=True)
class Place:
    """A value's place: its path from the document's root. The position in the text is only found for messages."""

    root: object
    path: tuple[str | int, ...] = ()

    def inside(self, *steps: str | int) -> Place:
        """The place of a value inside this one."""
        return Place(self.root, self.path + steps)

    @property
    def where(self) -> Where:
        """The position of the value."""
        return locate(self.root, self.path)

    @property
    def own_key(self) -> Where:
        """The position of the value's key."""
        return locate(self.root, self.path, key=True)

    @property
    def written(self) -> object:
        """The value as it is written; None if there is none, or if it was made from another value."""
        value = self.root
        try:
            for step in self.path:
                value = value[step]  # type: ignore[index]  # not a container: there is no such place
        except (LookupError, TypeError):
            return None
        return value

    def key(self, key: str) -> Where:
        """The position of a key of this mapping."""
        return locate(self.root, (*self.path, key), key=True)


@dataclass(frozen=True, slots=True)
class MadePlace(Place):
    """The place of values that are not in the text, as the layers of a composite layer class: all are at `path`."""

    def inside(self, *steps: str | int) -> Place:
        """This place itself."""
        return self

    def key(self, key: str) -> Where:
        """The position of the value at `path`."""
        return self.where


@dataclass(frozen=True, slots=True)
class NamedPlace(Place):
    """The place of a layer whose name is the key before it."""

    def inside(self, *steps: str | int) -> Place:
        """The place of a value inside this one; that of the name is the key."""
        return KeyPlace(self.root, self.path) if steps == ("name",) else Place(self.root, self.path + steps)


@dataclass(frozen=True, slots=True)
class KeyPlace(Place):
    """The place of a key of a mapping: `path` is that of its value."""

    def inside(self, *steps: str | int) -> Place:
        """This place itself: a key has no parts."""
        return self

    @property
    def where(self) -> Where:
        """The position of the key."""
        return self.own_key
