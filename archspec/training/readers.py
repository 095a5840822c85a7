"""The functions of a `data.py` that read a source: their names, and the expressions for an example's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archspec.program.rendering import Code, literal
from archspec.program.rendering import name as checked
from archspec.recipe.data import AnySource, Arrays, Data, Folder, Function
from archspec.recipe.source import Source
from archspec.recipe.stored import Columns, MemberField, Stored, WebDataset

_READ: Mapping[str, str] = {
    "Arrays": "open_{}arrays",
    "Folder": "list_{}files",
    "Function": "call_{}function",
    "HuggingFaceFolder": "open_{}table",
    "HuggingFaceHub": "open_{}table",
    "Parquet": "open_{}table",
    "WebDataset": "index_{}shards",
}
"""The function that opens a source; for others it reads their arrays."""


@dataclass(frozen=True)
class Reader:
    """The functions of the program that read a source."""

    source: AnySource
    read: Code
    example: Code

    @property
    def first(self) -> str | None:
        """The field that counts the examples, where `read` gives arrays by field."""
        return None if isinstance(self.source, Folder | Function | Stored) else next(iter(self.source.kinds))

    @property
    def names(self) -> dict[str, str]:
        """The array of each field of `Arrays`."""
        return (
            {name: field.array for name, field in self.source.fields.items()} if isinstance(self.source, Arrays) else {}
        )

    @property
    def parts(self) -> list[str]:
        """The files' endings or the columns that the fields of a stored source need, each once."""
        source = self.source
        if isinstance(source, WebDataset):
            return [*dict.fromkeys(field.file for field in source.fields.values())]
        return [*dict.fromkeys(field.column for field in source.fields.values())] if isinstance(source, Columns) else []

    @property
    def where(self) -> Code:
        """The expression for the example's name in messages."""
        return Code("example_name" if isinstance(self.source, WebDataset) else "place")

    @property
    def values(self) -> Mapping[str, Code]:
        """The expression for the value of each field, before it is of its kind."""
        source = self.source
        if isinstance(source, WebDataset):
            return {name: self._member(name, field) for name, field in source.fields.items()}
        if isinstance(source, Columns):
            return {name: self._cell(name, field.column) for name, field in source.fields.items()}
        return {name: Code(f"example[{literal(name)}]") for name in source.kinds}

    @property
    def decoded(self) -> set[str]:
        """The fields whose values are files of images."""
        return (
            {name for name, file in self.source.encoded.items() if file} if isinstance(self.source, Stored) else set()
        )

    @property
    def mode(self) -> str:
        """Pillow's mode of the images that are files in a stored source."""
        return "L" if isinstance(self.source, Stored) and self.source.channels == 1 else "RGB"

    @property
    def function(self) -> Code:
        """The name of the user's function in the program."""
        return Code(f"users_{self.read.removeprefix('call_')}")

    def _member(self, name: str, field: MemberField) -> Code:
        content = f"files[{literal(field.file)}]"
        if name in self.decoded:
            return Code(content)
        key = f", {literal(field.key)}" if field.key is not None else ""
        return Code(f"{field.format}_value({content}, {literal(name)}, {self.where}{key})")

    def _cell(self, name: str, column: str) -> Code:
        cell = f"row[{literal(column)}]"
        return Code(
            f"bytes_of({cell}, {literal(name)}, place)"
            if name in self.decoded
            else f"array_of({cell}, {literal(name)}, place)"
        )


def readers_of(data: Data) -> tuple[Reader, ...]:
    """The reader of the only source, or those for training and for validation."""
    if isinstance(data.validation, Source):
        return _reader(data.source, "training_"), _reader(data.validation, "validation_")
    return (_reader(data.source, ""),)


def _reader(source: AnySource, prefix: str) -> Reader:
    read = _READ.get(source.type, "read_{}arrays").format(prefix)
    return Reader(source, Code(read), Code(f"read_{prefix}example"))


def functions_imports(readers: Sequence[Reader]) -> dict[str, str]:
    """The imports of users' functions, each under a name of its own."""
    statements = {}
    for reader in readers:
        if isinstance(reader.source, Function):
            module, function = checked(reader.source.module), checked(reader.source.name)
            statements[str(reader.function)] = f"from {module} import {function} as {reader.function}"
    return statements
