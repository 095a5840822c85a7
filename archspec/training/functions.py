"""Functions of a user's that give data: their names, their fields, and whether a program can import them."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from pydantic import ValidationError

from archspec.errors import ArchspecError
from archspec.recipe.data import Data, Function
from archspec.recipe.source import Kind, Source


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function by its name, `module:function`. The data in whose place it stands say which fields it gives."""

    module: str
    name: str

    def giving(self, fields: Mapping[str, Kind]) -> Function:
        """The source with these fields. Raises `ArchspecError` for a name that no program can import."""
        try:
            return Function(module=self.module, name=self.name, fields=dict(fields))
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ArchspecError(f"{self.module}:{self.name} cannot give the data: {reason}") from None


def check_names(data: Data, modules: Collection[str]) -> None:
    """Raise `ArchspecError` if one of a program's own modules has the name of the module of a function."""
    for source in (data.source, data.validated):
        if isinstance(source, Function) and source.module.partition(".")[0] in modules:
            own = source.module.partition(".")[0]
            message = f"the program has a module {own} of its own, so it cannot import {source.module}:{source.name}"
            raise ArchspecError(f"{message}: give yours another name")


def check_import(source: Source) -> None:
    """Raise `ArchspecError` if the source is a function that cannot be imported."""
    if not isinstance(source, Function):
        return
    try:
        getattr(import_module(source.module), source.name)
    except Exception as error:  # a user's module can raise any
        message = f"{source.module}:{source.name} cannot be imported: {type(error).__name__}: {error}"
        raise ArchspecError(message) from error


@contextmanager
def importable_here() -> Iterator[None]:
    """Modules of the current folder can be imported, as by the program of a training."""
    folder = os.getcwd()
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
