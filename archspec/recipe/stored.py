"""Sources whose examples are in files of other tools: tar files of WebDataset, Parquet, Hugging Face's datasets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from archspec.recipe.part import MOST_ENTRIES, Part
from archspec.recipe.source import Classes, FieldName, Kind, PathText, Source, Text, with_kinds

RANGE = re.compile(r"\{([0-9]+)\.\.([0-9]+)\}")
"""The range of a file's name that stands for many: `{000..146}`."""

MOST_FILES = 100_000
"""The largest number of files that a range stands for."""

Encoded = ("image", "mask")
"""The kinds whose examples can be files of images, as JPEG or PNG."""


def _ranged(path: str) -> str:
    """The path itself, if its file's name has one range at most, which begins at its smaller number."""
    ranges = RANGE.findall(Path(path).name)
    if len(ranges) > 1:
        raise ValueError("a file's name has one range at most; list several names")
    for first, last in ranges:
        if int(last) < int(first) or (first[0] == "0" and len(first) > 1 and len(first) != len(last)):
            raise ValueError(f"`{{{first}..{last}}}` is no range as {{000..146}}")
        if int(last) - int(first) >= MOST_FILES:
            raise ValueError(f"`{{{first}..{last}}}` are more than {MOST_FILES:,} files")
    return path


Files = Annotated[
    tuple[Annotated[PathText, AfterValidator(_ranged)], ...],
    Field(strict=False, min_length=1, max_length=MOST_ENTRIES),
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
]
"""The paths of files, or one path. A range in a file's name stands for many: `train-{000..146}.tar`."""


class Stored(Source):
    """Fields that are read from files. Images and masks are files of images inside them, or arrays.

    Files of images are read with `channels`, as in a folder, and arrays as those of `Arrays`.
    """

    classes: Classes | None = None
    channels: Literal[1, 3] = 3

    @property
    def encoded(self) -> Mapping[str, bool]:
        """Whether each field of the kinds `image` and `mask` is a file of an image."""
        raise NotImplementedError

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """As stated."""
        return self.classes

    @property
    def has_bytes(self) -> bool:
        """Whether all images are files."""
        return all(encoded for name, encoded in self.encoded.items() if self.kinds[name] == "image")

    @property
    def image_channels(self) -> int | None:
        """As stated for files; arrays have their own."""
        return self.channels if self.has_bytes else None


def _ending(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*(:.+)?", value) or not value.isprintable():
        raise ValueError(f"`{value[:80]}` is no ending as jpg, cls or seg.png, or json:KEY for an entry of an object")
    if ":" in value and not value.partition(":")[0].endswith("json"):
        raise ValueError(f"`{value[:80]}` has a key, and only the ending json can have one")
    return value


class MemberField(Part):
    """A field of `WebDataset`: the ending of its file, with a key for an object in a JSON file, and its kind."""

    ending: Annotated[str, Field(max_length=200), AfterValidator(_ending)]
    kind: Kind

    @property
    def file(self) -> str:
        """The ending alone."""
        return self.ending.partition(":")[0]

    @property
    def key(self) -> str | None:
        """The key in the object of a JSON file."""
        return self.ending.partition(":")[2] or None

    @property
    def format(self) -> str:
        """What the file holds: its last ending."""
        return self.file.rpartition(".")[2]

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        formats = ("cls", "json", "npy")
        if self.kind in Encoded and self.format in formats[:2]:
            raise ValueError(f"the kind {self.kind} is no number: its file is that of an image, or of an array, npy")
        if self.kind not in Encoded and self.format not in formats:
            raise ValueError(f"the kind {self.kind} is read from a file of {', '.join(formats)}, not {self.format}")
        return self


class WebDataset(Stored):
    """Tar files of WebDataset: the files of one example have its key for a name, as 7.jpg and 7.cls.

    The key ends at the first dot of a file's name. A tar file is not compressed; it is read in place.
    """

    type: Literal["WebDataset"] = "WebDataset"
    shards: Files
    fields: Annotated[dict[FieldName, MemberField], Field(min_length=1, max_length=100)]

    @field_validator("fields", mode="before")
    @classmethod
    def _with_kinds(cls, fields: object) -> object:
        return with_kinds(fields, "ending")

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """As stated."""
        return {name: field.kind for name, field in self.fields.items()}

    @property
    def encoded(self) -> Mapping[str, bool]:
        """All but NumPy's files."""
        return {name: field.format != "npy" for name, field in self.fields.items() if field.kind in Encoded}

    def located(self, folder: Path) -> Self:
        """Its files begin at the folder."""
        return self.model_copy(update={"shards": tuple(str(folder / each) for each in self.shards)})


class ColumnField(Part):
    """A field in a column: its name, its kind, and whether images and masks are files of images, or else arrays."""

    column: Text
    kind: Kind
    encoded: bool = True


class Columns(Stored):
    """A table with a row for each example."""

    fields: Annotated[dict[FieldName, ColumnField], Field(min_length=1, max_length=100)]

    @field_validator("fields", mode="before")
    @classmethod
    def _with_kinds(cls, fields: object) -> object:
        return with_kinds(fields, "column")

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """As stated."""
        return {name: field.kind for name, field in self.fields.items()}

    @property
    def encoded(self) -> Mapping[str, bool]:
        """As stated."""
        return {name: field.encoded for name, field in self.fields.items() if field.kind in Encoded}


class Parquet(Columns):
    """Parquet files, which Hugging Face's datasets converts once to a file that is read at random."""

    type: Literal["Parquet"] = "Parquet"
    files: Files

    def located(self, folder: Path) -> Self:
        """Its files begin at the folder."""
        return self.model_copy(update={"files": tuple(str(folder / each) for each in self.files)})


class HuggingFaceFolder(Columns):
    """A folder that Hugging Face's `save_to_disk` wrote; one of several splits needs its name."""

    type: Literal["HuggingFaceFolder"] = "HuggingFaceFolder"
    path: PathText
    split: Text | None = None

    def located(self, folder: Path) -> Self:
        """Its path begins at the folder."""
        return self.model_copy(update={"path": str(folder / self.path)})


def _hub_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", value, re.ASCII):
        raise ValueError(f"`{value[:80]}` is no name of a data set of the Hub, as OWNER/NAME")
    return value


class HuggingFaceHub(Columns):
    """A data set of the Hugging Face Hub by its name, which is downloaded once. None of its code runs."""

    type: Literal["HuggingFaceHub"] = "HuggingFaceHub"
    name: Annotated[str, AfterValidator(_hub_name)]
    split: Text
    config: Text | None = None
    revision: Text | None = None
