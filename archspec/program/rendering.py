"""Programs from Jinja templates: each value becomes a Python literal, so nothing of a document becomes code."""

from __future__ import annotations

import pprint
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from archspec.program.printing import WIDTH, laid_out, with_needed_imports


class Code(str):
    """A text that is Python already: an identifier that was checked, or an expression that archspec wrote."""

    __slots__ = ()


def render(folder: Path, template: str, values: Mapping[str, object], own: Sequence[str] = ()) -> str:
    """The program of a template, laid out, with the imports that it needs; `own` are the modules beside it.

    All values that the template writes are literals, but those of type `Code`. Raises `UndefinedError` for a value that
    is missing.
    """
    text = _environment(folder).get_template(template).render(values, code=Code, docstring=docstring)
    return laid_out(with_needed_imports(text, own))


def docstring(text: str) -> Code:
    """A text as a docstring."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return Code(f'"""{escaped}"""')


@cache
def _environment(folder: Path) -> Environment:
    # Templates are archspec's own files, and they write Python: nothing is HTML.
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        finalize=_written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _written(value: object) -> str:
    return value if isinstance(value, Code) else pprint.pformat(value, width=WIDTH, sort_dicts=False)
