"""Programs from Jinja templates: each value becomes a Python literal, so nothing of a document becomes code."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from archspec.program import python as py
from archspec.program.printing import laid_out, with_needed_imports


class Code(str):
    """A text that is Python already: an identifier that was checked, or an expression that archspec wrote."""

    __slots__ = ()


def name(text: str) -> Code:
    """A name of Python, with or without dots. Raises `ValueError` for another text."""
    for part in text.split("."):
        if not part.isidentifier() or keyword.iskeyword(part):
            raise ValueError(f"{text!r} is no name of Python")
    return Code(text)


def render(folder: Path, template: str, values: Mapping[str, object], own: Sequence[str] = ()) -> str:
    """The program of a template, laid out, with the imports that it needs; `own` are the modules beside it.

    All values that the template writes are literals, but those of type `Code`. Raises `UndefinedError` for a value that
    is missing.
    """
    return laid_out(with_needed_imports(filled(folder, template, values), own))


def filled(folder: Path, template: str, values: Mapping[str, object]) -> str:
    """The text of a template with values, as `render` has it before it is laid out."""
    return environment(folder).get_template(template).render(values, code=Code, docstring=docstring)


def literal(value: object) -> Code:
    """The value as Python: code as it is, everything else as a literal. Raises `TypeError` for what has none."""
    return value if isinstance(value, Code) else Code(ast.unparse(_tree(value)))


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


def docstring(text: str) -> Code:
    """A text as a docstring."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return Code(f'"""{escaped}"""')


@cache
def environment(folder: Path) -> Environment:
    """The environment of the templates in a folder."""
    # Templates are archspec's own files, and they write Python: nothing is HTML.
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=literal,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
