"""What sources have in common: the kinds of an example's fields, and the texts and names of a recipe's data.

| kind | an example's array |
|---|---|
| `image` | float32 (height, width, channels), from 0 to 1 before Normalize |
| `mask` | int64 (height, width): the class of each pixel |
| `label` | int64 (): the index of the class |
| `labels` | float32 (classes): 1 for each class that applies, or its probability |
| `values` | float32 of any shape: targets of regression, signals |
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field

from archspec.recipe.part import Part

Kind = Literal["image", "mask", "label", "labels", "values"]

DIGITS = tuple("0123456789")

KINDS: tuple[Kind, ...] = get_args(Kind)


def _printable(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("the text is blank or has characters that cannot be printed")
    return value


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
"""A short text that can be printed on a line."""

PathText = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
"""The path of a file or a folder; a relative one begins at the recipe's folder."""


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"the class `{name}` is listed twice")
        seen.add(name)
    return names


Classes = Annotated[tuple[Text, ...], Field(strict=False, min_length=1, max_length=100_000), AfterValidator(_different)]
"""The names of classes, in the order of their indices."""


def _identifier(value: str) -> str:
    if not value.isidentifier() or keyword.iskeyword(value) or not value.isascii():
        raise ValueError(f"`{value[:80]}` is no name of Python")
    return value


def _module(value: str) -> str:
    for part in value.split("."):
        _identifier(part)
    return value


def _field_name(value: str) -> str:
    if value.startswith("_"):
        raise ValueError("a field's name begins with a letter")
    return _identifier(value)


Identifier = Annotated[str, Field(max_length=100), AfterValidator(_identifier)]
ModuleName = Annotated[str, Field(max_length=400), AfterValidator(_module)]
FieldName = Annotated[str, Field(max_length=100), AfterValidator(_field_name)]


class Source(Part):
    """Where examples come from."""

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each field."""
        return {"image": "image", "label": "label"}

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The names of the classes, in order; None where the recipe does not say."""
        return DIGITS

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of the one image or signal; None where the recipe does not say."""
        return None

    @property
    def count(self) -> int | None:
        """The number of examples; None where the recipe does not say."""
        return None

    @property
    def image_channels(self) -> int | None:
        """The channels of its images; None where the recipe does not say."""
        return self.shape[-1] if self.shape else None

    @property
    def has_bytes(self) -> bool:
        """Whether its images are bytes; else they are floats."""
        return False

    def located(self, folder: Path) -> Self:
        """The source with absolute paths; relative ones begin at the folder."""
        return self


def with_kinds(fields: object, key: str) -> object:
    """The fields with their kinds: a bare text is the `key` of a field, whose name is its kind."""
    if not isinstance(fields, dict):
        return fields
    return {name: _with_kind(name, value, key) for name, value in fields.items()}


def _with_kind(name: object, value: object, key: str) -> object:
    if isinstance(value, str) and name in KINDS:
        return {key: value, "kind": name}
    if isinstance(value, dict) and name in KINDS:
        return {"kind": name, **value}
    return value
