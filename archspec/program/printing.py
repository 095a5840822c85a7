"""Statements as text: `ast.unparse` writes them, and `ruff format` with its default settings lays out the lines.

Trees have no layout, so there are three additions: `one_per_line`, `BlankLine` and `Verbatim`. The first two pass
through `ast.unparse` as names, which are removed from the text before ruff reads it.
"""

from __future__ import annotations

import ast
import math
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from ruff.__main__ import find_ruff_bin

from archspec.program.trees import changed, has_text_in_a_field

WIDTH = 88
"""The columns of a line, ruff's default."""

_FORMAT = (
    "format",
    "--isolated",
    "--no-cache",
    "--no-preview",
    f"--line-length={WIDTH}",
    "--target-version=py311",
    "-",
)

_IMPORTS = ("check", "--isolated", "--no-cache", "--select=F401,I001", "--fix", "--quiet")

_ONE_PER_LINE = "__one_per_line__"
_BLANK_LINE = "__blank_line__"
_BARE = "__bare__"

Listed = TypeVar("Listed", ast.Call, ast.List, ast.Tuple, ast.Set, ast.Dict)


class Verbatim(ast.stmt):
    """Definitions as text, such as a helper from a file; allowed as a statement of a module only."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class BlankLine(ast.stmt):
    """A blank line inside a body, which the formatter would not add."""


def one_per_line(node: Listed) -> Listed:
    """Mark a node and return it: its elements or arguments get a line each, with a comma after the last.

    The mark is an attribute of the object and no field of the tree, so `ast.dump` does not show it. A tuple of one
    element and empty brackets stay as they are.
    """
    setattr(node, _ONE_PER_LINE, True)
    return node


def print_statements(statements: Sequence[ast.stmt]) -> str:
    """The text of a module with these statements.

    It is the same on every platform, and for every version of Python and ruff that the package allows.

    Raises:
        TypeError: the field of an f-string holds a string, which versions of Python write differently.
        ValueError: the statements are no Python: an empty body, `return` outside a function, a name with a space.
    """
    return laid_out("\n".join(_unparsed(statement) for statement in statements))


def laid_out(text: str) -> str:
    """Python text with its lines laid out; raises `ValueError` for text that is no Python."""
    return _ruff_on(text, _FORMAT)


def with_needed_imports(text: str, own: Sequence[str] = ()) -> str:
    """A module without the imports that it does not need, the others in order: last those of its `own` program."""
    return _ruff_on(text, (*_IMPORTS, f"--config=lint.isort.known-first-party={list(own)}", "-"))


def _ruff_on(text: str, command: Sequence[str]) -> str:
    run = subprocess.run([_ruff(), *command], input=text.encode(), capture_output=True, check=False)
    if run.returncode:
        raise ValueError(f"ruff cannot read the statements: {run.stderr.decode(errors='replace').strip()}")
    return run.stdout.decode()


@cache
def _ruff() -> str:
    """The path of ruff, which takes as long to find as a definition takes to print."""
    return str(find_ruff_bin())


_MARKS = (
    (re.compile(rf", (?:\*\*)?{_ONE_PER_LINE}"), ","),
    (re.compile(rf"^ *{_BLANK_LINE}$", re.MULTILINE), ""),
    (re.compile(rf"^( *(?:return|[^\n]* =)) {_BARE}\((.*)\)$", re.MULTILINE), r"\1 \2"),
)


def _unparsed(statement: ast.stmt) -> str:
    if isinstance(statement, Verbatim):
        return statement.text
    marked = changed(statement, _with_marks)
    if not isinstance(marked, ast.stmt):
        raise TypeError(f"{type(statement).__name__} is no statement")
    text = ast.unparse(ast.Module([marked], []))  # in a module, a string that comes first is a docstring
    for mark, replacement in _MARKS:
        text = mark.sub(replacement, text)
    return text


def _with_marks(node: ast.AST) -> ast.AST:
    """The node with names for its marks of layout."""
    if isinstance(node, ast.stmt):
        node.lineno = 0  # `ast.unparse` looks for comments by it
    match node:
        case BlankLine():
            return ast.Expr(ast.Name(_BLANK_LINE))
        case ast.Return(value=ast.Tuple()) | ast.Assign(targets=[ast.Tuple()], value=ast.Tuple()):
            node.value = _bare(node.value)
        case ast.Constant(value=float() as number) if not math.isfinite(number):
            return ast.Call(ast.Name("float"), [ast.Constant(str(number))], [])
        case ast.FormattedValue() if has_text_in_a_field(node):
            raise TypeError("the field of an f-string holds a string")
    return _with_comma(node) if getattr(node, _ONE_PER_LINE, False) else node


def _bare(node: ast.expr | None) -> ast.expr | None:
    """A tuple without parentheses, as a call that marks it."""
    several = isinstance(node, ast.Tuple) and len(node.elts) > 1 and not hasattr(node, _ONE_PER_LINE)
    return ast.Call(ast.Name(_BARE), node.elts, []) if several and isinstance(node, ast.Tuple) else node


def _with_comma(node: ast.AST) -> ast.AST:
    mark = ast.Name(_ONE_PER_LINE)
    match node:
        case ast.Call() if node.args or node.keywords:
            node.keywords = [*node.keywords, ast.keyword(None, mark)]
        case ast.List(elts=[_, *_]) | ast.Tuple(elts=[_, *_]) | ast.Set():
            node.elts = [*node.elts, mark]
        case ast.Dict(keys=[_, *_]):
            node.keys, node.values = [*node.keys, None], [*node.values, mark]
    return node
