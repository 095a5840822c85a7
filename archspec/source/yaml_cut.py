"""Plain YAML scalars between brackets that a "," or a bracket has cut: expressions, and tuples of Python."""

from __future__ import annotations

import re

from archspec.errors import Diagnostic, Source, Span
from archspec.source.pasted import BRACES, BRACES_MESSAGE, DOLLAR_HINT, as_list, braces_hint, tuple_at, tuple_value
from archspec.source.values import Sequence

LONGEST_EXPRESSION = 1000


def may_be_cut(text: str) -> bool:
    """Whether a plain scalar between brackets may be a part of something longer; quick, and seldom true."""
    return text[:1] == "(" or text[-1:] == "$" or "$(" in text


_TOKEN = re.compile(r"""'[^'\r\n]*+'|"[^"\r\n]*+"|[()\r\n]""")
_BREAKS = frozenset("[]{}'\"#:\r\n")
"""Characters in an expression behind which YAML reads its parts as something else than texts."""


def whole_expression(text: str, start: int) -> str | None:
    """The expression that begins at this dollar and parenthesis, up to its end in the line; None if it has none."""
    depth = 0
    for token in _TOKEN.finditer(text, start, start + LONGEST_EXPRESSION):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] in "\r\n":
            return None
        if token[0] == ")" and depth == 0:
            return text[start : token.end()]
    return None


def in_quotes(expression: str) -> str | None:
    """The expression in quotes that it does not have itself; None if it has both."""
    quote = next((quote for quote in "\"'" if quote not in expression and "\\" not in expression), None)
    return None if quote is None else f"{quote}{expression}{quote}"


def cut_expression(source: Source, text: str, start: int) -> tuple[Diagnostic, str | None] | None:
    """The fault of an expression of which this plain scalar between brackets is the first part, and the whole.

    None if the scalar is whole, or if it begins before the expression; no whole if YAML cannot read on behind it.
    """
    if not text.startswith("$(") or text.count("(") <= text.count(")"):
        return None
    whole = whole_expression(source.text, start)
    quoted = None if whole is None else in_quotes(whole)
    if whole is None or quoted is None:
        return None
    message = f'between brackets, the expression ends at this "{source.text[start + len(text) :].lstrip()[:1]}"'
    fault = Diagnostic("cut-expression", message, Span(source, start, start + len(whole)), f"write {quoted}")
    behind = source.text[start + len(whole) :].lstrip()[:1]
    return fault, whole if _BREAKS.isdisjoint(whole) and behind in {",", "}", "]"} else None


def cut(source: Source, text: str, start: int, end: int) -> Diagnostic | None:
    """What was cut, of which this plain scalar between brackets is the first part; None if it is whole."""
    if text.endswith("$") and source.text.startswith("{", end):
        return _braces(source, end - 1)
    if text.count("(") <= text.count(")"):
        return None
    if "$(" not in text:
        return None
    message = f'between brackets, the expression ends at this "{source.text[end : end + 1]}"'
    return Diagnostic("cut-expression", message, Span(source, start, end), "put the whole expression in quotes")


def cut_tuple(source: Source, text: str, start: int) -> tuple[Diagnostic, Sequence | None] | None:
    """The fault of a tuple of which this plain scalar between brackets is the first part, and the list that it means.

    None if it is none; no list if YAML cannot read beyond it, because a quoted text in it has the ")" behind it.
    """
    pasted = tuple_at(source.text, start) if text.startswith("(") and text.count("(") > text.count(")") else None
    if pasted is None:
        return None
    where = Span(source, start, start + len(pasted))
    fault = Diagnostic("python-tuple", "a list stands in square brackets", where, f"write {as_list(pasted)}")
    return fault, None if {"'", '"'} & {*pasted} else tuple_value(where)


def _braces(source: Source, start: int) -> Diagnostic:
    found = BRACES.match(source.text, start)
    if found is None:
        return Diagnostic("bad-expression", BRACES_MESSAGE, Span(source, start, start + 2), DOLLAR_HINT)
    return Diagnostic("bad-expression", BRACES_MESSAGE, Span(source, *found.span()), braces_hint(found))
