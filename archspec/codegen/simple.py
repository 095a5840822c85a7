"""Breaks the statements that most of a generated source is made of: one call, or the header of a definition.

All that it takes to break these is to find the commas between their arguments, so they are never read into a tree.
What is not so simple is left to `archspec.codegen.layout`, which would break these in the same way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archspec.codegen.printer import INDENT, WIDTH
from archspec.codegen.syntax import DEPTH_LIMIT

MAGIC_COMMA = re.compile(r",\s*[)\]}]")
"""A comma before a closing bracket, which asks for one element a line (or makes a tuple of one)."""

_CALLEE = r"[\w.]+(?:\(\)\.\w+)?\("
_STATEMENT = re.compile(rf"(?P<header>(?:def|class) )?(?:return |[\w.]+(?:, [\w.]+)* = )?{_CALLEE}")
_ARGUMENT = re.compile(rf"(?:\w+=)?{_CALLEE}")
_APPLIED = re.compile(r"\([A-Za-z_]\w{0,21}\)")
_MARK = re.compile(r"""[(\[{)\]},]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")


def simply_broken(statement: str, indent: int) -> list[str] | None:
    """The lines of a statement that is too long for one or has a comma that asks for more; None if it is not simple."""
    match = _STATEMENT.match(statement)
    found = _arguments(statement, match.end() - 1) if match else None
    if match is None or found is None or indent + match.end() > WIDTH:
        return None
    behind = statement[found.end :]
    if match["header"]:
        return _lines(found, indent, behind, match["header"] == "def ") if behind.endswith(":") else None
    if behind and (_APPLIED.fullmatch(behind) is None or MAGIC_COMMA.search(statement)):
        return None
    if behind and indent + found.end < WIDTH:
        # A call that fits but for what it is applied to is broken as if it had a comma at its end.
        found = found._replace(magic=True)
    return _lines(found, indent, behind)


class _Arguments(NamedTuple):
    """What is between brackets, and what stands in front of it; `end` is where they are closed."""

    head: str
    items: list[str]
    magic: bool
    end: int


def _arguments(text: str, opener: int) -> _Arguments | None:
    """The arguments between the brackets that open here; None if there are none, no end of them, or too deep ones."""
    items: list[str] = []
    depth = 0
    start = opener + 1
    for mark in _MARK.finditer(text, opener):
        sign = mark[0]
        if sign in "([{":
            depth += 1
            if depth > DEPTH_LIMIT:
                return None
        elif sign in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and sign == ","):
            items.append(text[start : mark.start()].strip())
            start = mark.end()
            if depth == 0:
                magic = not items[-1]
                items = items[:-1] if magic else items
                return _Arguments(text[: opener + 1], items, magic, start) if items else None
    return None


def _lines(found: _Arguments, indent: int, behind: str, parameters: bool = False) -> list[str] | None:
    """The lines of a call whose brackets have to be opened, `behind` on the last of them; None if it is not simple."""
    margin, inner = " " * indent, " " * (indent + INDENT)
    contents = ", ".join(found.items)
    first, last = margin + found.head, f"{margin}){behind}"
    if not (found.magic or MAGIC_COMMA.search(contents)) and len(inner) + len(contents) <= WIDTH:
        return [first, inner + contents, last]
    # A lone argument gets no comma that was not there.
    commas = [","] * (len(found.items) - 1) + ["," if found.magic or parameters or len(found.items) > 1 else ""]
    lines = [first]
    for item, comma in zip(found.items, commas, strict=True):
        whole = inner + item + comma
        if len(whole) <= WIDTH and not MAGIC_COMMA.search(item):
            lines.append(whole)
        elif (broken := _item_lines(item, len(inner), comma)) is not None:
            lines += broken
        else:
            return None
    return [*lines, last]


def _item_lines(item: str, indent: int, comma: str) -> list[str] | None:
    """The lines of an argument that does not fit on one; None if it is no simple call."""
    match = _ARGUMENT.match(item)
    found = _arguments(item, match.end() - 1) if match else None
    return _lines(found, indent, comma) if found is not None and found.end == len(item) else None
