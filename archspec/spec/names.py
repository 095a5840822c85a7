"""Rules for names, which become identifiers in the emitted source and parts of paths."""

from __future__ import annotations

import keyword
import re
from functools import lru_cache

from archspec.source import EMPTY

LONGEST_NAME = 100

_LONGEST_NUMBER = 1000
_LONGEST_SHOWN = 60
_MOST_SHOWN = 10

# Names with two leading underscores have special meanings in Python, and are mangled in classes.
_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")
_VARIANT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def is_name(word: object) -> bool:
    """Whether the value can name an input, an output, a block, a param or a loop's column."""
    return isinstance(word, str) and _is_identifier(word)


def is_layer_name(word: object) -> bool:
    """Whether the value can name a layer: a name, also with dashes as in some third parties' names."""
    return isinstance(word, str) and word[:1] != "-" and _is_identifier(word.replace("-", "_"))


@lru_cache(maxsize=4096)
def _is_identifier(word: str) -> bool:
    return len(word) <= LONGEST_NAME and _NAME.fullmatch(word) is not None and not keyword.iskeyword(word)


def is_variant_name(word: object) -> bool:
    """Whether the value can name a variant or a network, which may have dots, dashes and a leading digit."""
    return isinstance(word, str) and len(word) <= LONGEST_NAME and _VARIANT.fullmatch(word) is not None


def not_a_name(word: object) -> str:
    """The message about a value that is not a name."""
    return f"{describe(word)} is not a name"


LAYER_NAME_HINT = (
    "a layer's name has only a-z, A-Z, 0-9, _ and -, no digit and no two _ first, is no word of Python; "
    f"{LONGEST_NAME} characters at most"
)
NAME_HINT = (
    "a name has only a-z, A-Z, 0-9 and _, no digit and no two _ first, is no word of Python; "
    f"{LONGEST_NAME} characters at most"
)
VARIANT_HINT = f"a name has only a-z, A-Z, 0-9, _, - and dots; {LONGEST_NAME} characters at most"


def position_hint(reference: object) -> str | None:
    """Advice for a reference that is a number; None for other references."""
    if type(reference) is not int:
        return None
    if reference < 0:
        return "give the layer a `name` and write that: only a layer's `inputs` count back"
    return f'a position is written in quotes, "{describe(reference)}", and activations count; a name is safer'


def describe(value: object) -> str:
    """A value in a message: short values and lists are written out, long ones described by their kind."""
    if value is None or value is EMPTY:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return _describe_list(value)
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        return "a number of hundreds of digits"
    text = str(value)
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
    return f'"{shown}"' if isinstance(value, str) else shown


def _describe_list(items: list[object] | tuple[object, ...], depth: int = 0) -> str:
    """A short list of short values, or of lists of them, written out."""
    if not items:
        return "an empty list"
    if len(items) > _MOST_SHOWN or depth > 1 or any(isinstance(item, dict) for item in items):
        return "a list"
    text = f"[{', '.join(_describe_item(item, depth) for item in items)}]"
    return text if len(text) <= _LONGEST_SHOWN else "a list"


def _describe_item(item: object, depth: int) -> str:
    if item is None:
        return "null"
    if isinstance(item, list | tuple):
        return _describe_list(item, depth + 1) if item else "[]"
    return describe(item)
