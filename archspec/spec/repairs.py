"""Corrections of nearly right values: a number in quotes, a list of one, a word of YAML 1.1 or Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from types import MappingProxyType

from archspec.source.scalars import NumberError, resolve
from archspec.spec.names import describe
from archspec.spec.place import Place

_WORDS: Mapping[str, object] = MappingProxyType(
    {
        **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), True),
        **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), False),
        **dict.fromkeys(("None", "none")),
    }
)
"""Texts that are truth values in YAML 1.1, and Python's None."""


def repair(value: object, place: Place, accepted: Callable[[object], bool]) -> str | None:
    """The hint about a wrong value, `write 3` for "3" or [3]; None if no similar value is `accepted`.

    The value of an expression is not in the text, so the only correction of an expression is of a division.
    """
    if _has_expression(place.written):
        if not isinstance(value, float) or not isfinite(value) or "/" not in str(place.written):
            return None
        return "use // for a division that gives a whole number" if accepted(int(value)) else None
    meant = next(filter(accepted, _candidates(value)), _NOTHING)
    return None if meant is _NOTHING else f"write {'null' if meant is None else describe(meant)}"


_NOTHING = object()

_NUMBERS = re.compile(r"[0-9]{1,9}(?:\s*,\s*[0-9]{1,9}){1,3}")
"""Numbers with commas between them, as in `kernel_size: 3, 3`."""


def _has_expression(written: object) -> bool:
    items = written if isinstance(written, list | tuple) else (written,)
    return any(isinstance(item, str) and "$" in item for item in items)


def _candidates(value: object) -> Iterator[object]:
    if isinstance(value, str):
        if value in _WORDS:
            yield _WORDS[value]
        elif _NUMBERS.fullmatch(value):
            yield list(map(int, value.split(",")))
        elif value:
            yield from _read(value.removeprefix("(").removesuffix(")"))
    elif isinstance(value, list | tuple) and len(value) == 1:
        yield value[0]
    elif isinstance(value, float) and value.is_integer():
        yield int(value)
    elif isinstance(value, int) and not isinstance(value, bool) and value in (0, 1):
        yield bool(value)


def _read(text: str) -> Iterator[object]:
    """The number, truth value or null that a text would be without its quotes or parentheses."""
    try:
        found = resolve(text)
    except NumberError:
        return
    if not isinstance(found, str):
        yield found
