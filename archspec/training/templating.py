"""Templates of programs: Jinja2, where each value becomes a literal of Python.

A template's text is code, and what `{{ }}` puts into it is `literal(value)`, or the name itself for `Code`. So no text
from a recipe can be anything but a literal. A macro's output would be a literal too: templates use `include`.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from archspec.program import python as py


class Code(str):
    """A name with or without dots, which a template puts into the program as it is.

    Raises:
        ValueError: it is no name of Python.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Code:
        """Check the name."""
        for part in name.split("."):
            if not part.isidentifier() or keyword.iskeyword(part):
                raise ValueError(f"{name!r} is no name of Python")
        return super().__new__(cls, name)


def literal(value: object) -> str:
    """The value as Python: names as they are, everything else as a literal.

    Raises:
        TypeError: it is no literal.
    """
    return str(value) if isinstance(value, Code) else ast.unparse(_tree(value))


def _tree(value: object) -> ast.expr:
    match value:
        case Mapping():
            return ast.Dict([_tree(key) for key in value], [_tree(each) for each in value.values()])
        case list():
            return py.list_([_tree(each) for each in value])
        case tuple():
            return py.tuple_([_tree(each) for each in value])
        case None | bool() | int() | float() | str():
            return py.literal(value)
        case Undefined():
            str(value)  # the error says its name
    raise TypeError(f"{type(value).__name__} is no literal")


@cache
def environment(folder: Path) -> Environment:
    """The environment for the templates in a folder."""
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=literal,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
