"""Plain YAML scalars that are invalid as keys: numbers, null, true and false, and YAML's merge key."""

from __future__ import annotations

from archspec.errors import Diagnostic, Span
from archspec.source.scalars import NUMBER_STARTS, WORDS, NumberError, resolve


def is_odd_key(text: str) -> bool:
    """Whether a plain key may be anything else than a text; quick, and seldom true of one that is a text."""
    return text in WORDS or text[0] in NUMBER_STARTS or text == "<<"


def key_fault(text: str, where: Span) -> Diagnostic | None:
    """The fault of a plain key; None if it is a text."""
    if text == "<<":
        hint = "write the keys out; what repeats is said with params, blocks, for and repeat"
        return Diagnostic("merge-key", 'the merge key "<<" is no part of the language', where, hint)
    if not text:
        return Diagnostic("bad-key", "a key is missing here", where, "write a name before the colon")
    try:
        value = resolve(text)
    except NumberError:
        value = 0
    if isinstance(value, str):
        return None
    hint = f'write "{text[:40]}" in quotes if that is its name'
    return Diagnostic("bad-key", f"a key is a text, and this is {_kind(value)}", where, hint)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return "true or false" if isinstance(value, bool) else "a number"
