"""The text of one expression to Python's syntax tree, with every part's place in the text."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping

from archspec.expressions.values import DEEPEST
from archspec.spec.expressions.passage import Passage, Region

CONSTANTS: Mapping[str, bool | None] = {
    "True": True,
    "False": False,
    "None": None,
    "true": True,
    "false": False,
    "null": None,
}

# Missing features of the language, by their syntax.
_ABSENT: Mapping[type[ast.AST], str] = {
    ast.Attribute: "attribute access",
    ast.Await: '"await"',
    ast.Dict: "a mapping",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "a formatted text",
    ast.Lambda: '"lambda"',
    ast.ListComp: "a comprehension",
    ast.NamedExpr: '":="',
    ast.Set: "a set",
    ast.SetComp: "a comprehension",
    ast.Slice: "a slice",
    ast.Starred: '"*" before a value',
    ast.Tuple: "a tuple",
    ast.Yield: '"yield"',
    ast.YieldFrom: '"yield"',
}

_HINTS: Mapping[type[ast.AST], str] = {ast.Tuple: "write a list: [a, b]"}

# Other languages' spellings, which are only searched if Python cannot read the text.
_FOREIGN = re.compile(r"(?P<and>&&)|(?P<or>\|\|)|(?P<choice>\?)|(?P<not>!(?!=))|(?P<equal>(?<![=!<>])=(?!=))")
_NATIVE: Mapping[str, str] = {
    "and": 'write "and" for &&',
    "or": 'write "or" for ||',
    "choice": "write (a if condition else b)",
    "not": 'write "not" for !',
    "equal": 'write "==" to compare',
}

_LINE_ENDS = str.maketrans("\r\n", "  ")


class Syntax:
    """An expression's tree, and the place of each node in the passage."""

    def __init__(self, passage: Passage, start: int, end: int) -> None:
        """Read `passage.text[start:end]`; raises ExpressionError if it is no expression."""
        self._passage = passage
        self._start = start
        source = passage.text[start:end].translate(_LINE_ENDS)
        if not source.strip():
            raise passage.error(
                (start - 2, end + 1), "bad-expression", "there is no expression between the parentheses"
            )
        # The parentheses let it begin with a space and let line ends be spaces: all is on one line.
        self.root: ast.expr = self._read(f"({source})")
        self._bytes = None if source.isascii() else f"({source})".encode()

    @property
    def tree(self) -> ast.expr:
        """The tree with Python's words for the constants."""
        tree: ast.expr = _Constants().visit(self.root)
        return tree

    def region(self, node: ast.expr | ast.keyword) -> Region:
        """The place of a node in the passage's text."""
        return self._offset(node.col_offset), self._offset(node.end_col_offset or node.col_offset)

    def _offset(self, column: int) -> int:
        """The offset of a column, which counts UTF-8 bytes after the added parenthesis."""
        characters = column if self._bytes is None else len(self._bytes[:column].decode())
        return self._start + characters - 1

    def _read(self, source: str) -> ast.expr:
        whole = (self._start, self._start + len(source) - 2)
        try:
            with warnings.catch_warnings():
                # What Python warns about (an unknown escape, 1if) is refused, so that nothing is printed.
                warnings.simplefilter("error")
                return ast.parse(source, mode="eval").body
        except SyntaxError as error:
            if "too many nested" in (error.msg or ""):
                raise self._passage.error(whole, "bad-expression", f"expressions nest at most {DEEPEST} deep") from None
            raise self._passage.error(
                self._clamp(error, len(source)), "bad-expression", "this is not an expression", _foreign(source)
            ) from None
        except (ValueError, RecursionError, MemoryError, Warning):
            raise self._passage.error(whole, "bad-expression", "this is not an expression") from None

    def _clamp(self, error: SyntaxError, length: int) -> Region:
        """The place of Python's error, or the whole expression if the error has no place inside."""
        start = (error.offset or 0) - 2
        end = max(start + 1, (error.end_offset or 0) - 2)
        inner = length - 2
        if not 0 <= start < inner:
            return self._start, self._start + inner
        return self._start + start, self._start + min(end, inner)


def variable(word: str) -> ast.expr:
    """The tree of a name, or of its constant."""
    return ast.Constant(CONSTANTS[word]) if word in CONSTANTS else ast.Name(word, ast.Load())


class _Constants(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:  # the name that NodeTransformer looks for
        return variable(node.id)


def absence(node: ast.expr) -> tuple[str, str | None]:
    """The message and the hint for syntax that the language does not have."""
    return f"{_ABSENT.get(type(node), 'this')} is not part of the language", _HINTS.get(type(node))


def _foreign(source: str) -> str | None:
    found = _FOREIGN.search(source)
    return _NATIVE[found.lastgroup] if found and found.lastgroup else None
