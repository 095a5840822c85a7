"""Plain YAML scalars and numbers: the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

So `no`, `yes`, `on`, `off`, `1_000` and `12:30` are texts, and `1e-5` is a number.
"""

from __future__ import annotations

import math
import re

from archspec.source.values import EMPTY

MAX_NUMBER_LENGTH = 100
"""The largest number of digits: Python's conversion of digits takes quadratic time."""

WORDS: dict[str, object] = {
    "": EMPTY,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
"""The plain scalars that are neither numbers nor texts."""

_DECIMAL = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES = ((re.compile(r"0o[0-7]+"), 8), (re.compile(r"0x[0-9a-fA-F]+"), 16))
NUMBER_STARTS = frozenset("+-.0123456789")
"""The first characters of numbers."""


class NumberError(ValueError):
    """A number that cannot be represented; the message is a sentence about it."""


def resolve(text: str) -> object:
    """The value of a plain scalar: `EMPTY`, None, a bool, an int, a float or the text itself. Raises `NumberError`."""
    if text in WORDS:
        return WORDS[text]
    return text if text[0] not in NUMBER_STARTS else _number_or_text(text)


def number(text: str) -> int | float:
    """The number for these digits, an int unless they have a point or an exponent. Raises `NumberError`."""
    if len(text) > MAX_NUMBER_LENGTH:
        raise NumberError(f"a number of {len(text):,} characters is longer than any that means something here")
    if _DECIMAL.fullmatch(text):
        return int(text)
    value = float(text)
    if math.isinf(value):
        raise NumberError(f"{text} is larger than the largest float")
    return value


def _number_or_text(text: str) -> object:
    if _FLOAT.fullmatch(text):
        return number(text)
    for pattern, base in _BASES:
        if pattern.fullmatch(text):
            return number(text) if len(text) > MAX_NUMBER_LENGTH else int(text[2:], base)
    return text
