"""Shortened lists and names for errors and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LISTED = 12
"""The number of lines that are shown of each kind."""

_LONGEST = 100
"""The number of characters that are shown of a name."""

_GAP = "..."


def section(title: str, lines: Sequence[str]) -> Iterator[str]:
    """The first of the lines under their title; nothing if there are no lines."""
    if lines:
        yield title
        yield from (f"  {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"  and {len(lines) - _LISTED} more"


def shown(name: str) -> str:
    """A printable form of a name from a file: control characters are escaped, and long names lose their middle."""
    kept = (_LONGEST - len(_GAP)) // 2
    text = name if len(name) <= _LONGEST else f"{name[:kept]}{_GAP}{name[-kept:]}"
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
