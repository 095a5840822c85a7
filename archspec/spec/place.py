"""Where in the document a value stands."""

from __future__ import annotations

from dataclasses import dataclass

from archspec.errors import Where
from archspec.source import locate


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
    def own_key(self) -> Where:
        """Where the key stands of which this is the value."""
        return locate(self.root, self.path, key=True)

    @property
    def written(self) -> object:
        """The value as it is written; None where there is none, or where it is made of something else."""
        value = self.root
        try:
            for step in self.path:
                value = value[step]  # type: ignore[index]  # what is no container is no place of anything
        except (LookupError, TypeError):
            return None
        return value

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
