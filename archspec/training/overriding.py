"""Values from the command line in place of a recipe's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archspec.errors import Where
from archspec.recipe.document import Recipe
from archspec.source import locate, words
from archspec.spec.place import Place
from archspec.spec.report import Report

_SHORT = {"network": "spec", "weights": "file", "monitor": "metric"}
"""The key that a text alone stands for; for all other parts it is `type`."""

Steps = tuple[str | int, ...]


def overridden(recipe: dict[str, Any], changes: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """A copy of the recipe with these values at dotted paths. A path through a number or a list is reported.

    A change inside of a part that the recipe leaves out begins with the type of the part's default.
    """
    for path, value in changes.items():
        first, *rest = path.split(".")
        if not all((first, *rest)):
            report.error("wrong-path", f"{path!r} is no path of a recipe, such as optimizer.learning_rate", None)
            continue
        if rest and first not in recipe:
            recipe = {**recipe, first: _default_type(first)}
        *around, last = first, *rest
        recipe = _with(recipe, around, last, value, path, report)
    return recipe


def _default_type(key: str) -> dict[str, str]:
    """The type that a part of a recipe has by default, if it has one."""
    field = Recipe.model_fields.get(key)
    default = getattr(field.default, "type", None) if field is not None else None
    return {} if default is None else {"type": default}


def _with(part: dict[str, Any], around: list[str], last: str, value: Any, path: str, report: Report) -> dict[str, Any]:
    if not around:
        return {**part, last: value}
    first, *rest = around
    inner = part.get(first, {})
    if isinstance(inner, str):
        inner = {_SHORT.get(first, "type"): inner}
    if not isinstance(inner, dict):
        report.error("wrong-path", f"`{first}` in {path!r} is no mapping, so it has no `{(rest or [last])[0]}`", None)
        return part
    return {**part, first: _with(inner, rest, last, value, path, report)}


def place_of(document: object, changes: Iterable[str]) -> Place:
    """The place of a document whose values at these dotted paths are others."""
    return ChangedPlace(document, (), tuple(tuple(path.split(".")) for path in changes))


@dataclass(frozen=True, slots=True)
class ChangedPlace(Place):
    """A value's place in a document with changes. A changed value has no position in the text: its path is told."""

    changes: tuple[Steps, ...] = ()

    def inside(self, *steps: str | int) -> Place:
        """The place of a value inside this one."""
        return ChangedPlace(self.root, self.path + steps, self.changes)

    @property
    def where(self) -> Where:
        """The position of the value, or its path if it is changed."""
        return words(self.path) if self._is_changed else locate(self.root, self.path)

    @property
    def own_key(self) -> Where:
        """The position of the value's key, or the path if the value is changed."""
        return words(self.path) if self._is_changed else locate(self.root, self.path, key=True)

    def key(self, key: str) -> Where:
        """The position of a key of this mapping, or its path if its value is changed."""
        return self.inside(key).own_key

    @property
    def _is_changed(self) -> bool:
        """Whether a change gives this value, or a part of it that is no mapping in the document."""
        inner = isinstance(self.written, Mapping)
        return any(
            self.path[: len(change)] == change or (not inner and self.path and change[: len(self.path)] == self.path)
            for change in self.changes
        )
