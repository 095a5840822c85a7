"""Plain YAML scalars between brackets that a "," or a bracket has cut: expressions, and tuples of Python."""

from __future__ import annotations

from archspec.errors import Diagnostic, Source, Span
from archspec.source.pasted import BRACES, BRACES_MESSAGE, DOLLAR_HINT, as_list, braces_hint, tuple_at, tuple_value
from archspec.source.values import Sequence


def may_be_cut(text: str) -> bool:
    """Whether a plain scalar between brackets may be a part of something longer; quick, and seldom true."""
    return text[:1] == "(" or text[-1:] == "$" or "$(" in text


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
