"""Messages and suggestions for text that is nearly JSON."""

from __future__ import annotations

import re
from json import JSONDecodeError

from archspec.errors import Diagnostic, Source, Span

_WORD = re.compile(r"[-+.\w]+")
_CLOSER = {"[": "]", "{": "}"}

A_VALUE, A_KEY = "a value", "a key in double quotes"

_NO_VALUES = (
    (re.compile(r"[-+]?(?:NaN|Infinity|nan|inf)\b"), "JSON has no such number"),
    (re.compile(r"(?:True|False|None)\b"), "JSON writes true, false and null"),
    (re.compile(r"[-+]?[.0-9]"), "JSON's numbers have no leading zeros or plus, and digits on both sides of the point"),
    (re.compile(r"\("), "JSON has its lists in [square brackets]"),
    (re.compile(r"\w"), 'JSON has its texts in "double quotes"'),
)
"""Suggestions for invalid text in the place of a value, by its beginning."""

_NO_TOKENS = (
    (re.compile(r"#|//|/\*"), "JSON has no comments"),
    (re.compile(r"'"), 'JSON has its texts in "double quotes"'),
)
"""Suggestions for invalid text in any place."""


def unexpected(source: Source, at: int, wanted: str, bracket: int | None) -> Diagnostic:
    """The fault of text at `at` that is not `wanted`; `bracket` is the beginning of the collection around it."""
    if at >= len(source.text):
        return _ended(source, wanted, bracket)
    word = _WORD.match(source.text, at)
    where = Span(source, at, word.end() if word else at + 1)
    table = _NO_TOKENS + (_NO_VALUES if wanted in (A_VALUE, A_KEY) else ())
    hint = next((hint for pattern, hint in table if pattern.match(source.text, at)), None)
    notes: tuple[str, ...] = ()
    if bracket is not None:
        begin = Span(source, bracket, bracket + 1)
        notes = (f'the "{begin.text}" before it is at line {begin.line}, column {begin.column}',)
    return Diagnostic("syntax", f"{wanted} is expected here", where, hint, notes)


def bad_string(error: JSONDecodeError, source: Source, start: int) -> Diagnostic:
    """The fault of the string at `start`, from Python's decoder."""
    at = error.pos
    quote = Span(source, start, start + 1)
    if error.msg.startswith("Unterminated"):
        return Diagnostic("unclosed-quote", "this quote is never closed", quote)
    if error.msg.startswith("Invalid control character"):
        if source.text[at] in "\r\n":
            return Diagnostic("unclosed-quote", "this quote is not closed in its line", quote)
        code = f"{ord(source.text[at]):04x}"
        message = f"the character U+{code.upper()} must be written as an escape"
        return Diagnostic("bad-character", message, Span(source, at, at + 1), f"write \\u{code}")
    at = source.text.rfind("\\", start, at + 1)
    hint = "write \\\\ for a backslash"
    return Diagnostic("bad-escape", "this is no escape that JSON knows", Span(source, at, at + 2), hint)


def _ended(source: Source, wanted: str, bracket: int | None) -> Diagnostic:
    if bracket is None:
        where = Span(source, len(source.text), len(source.text))
        return Diagnostic("syntax", f"{wanted} is expected here", where)
    symbol = source.text[bracket]
    where = Span(source, bracket, bracket + 1)
    hint = f'the "{_CLOSER[symbol]}" is missing'
    return Diagnostic("unclosed-bracket", f'this "{symbol}" is never closed', where, hint)
