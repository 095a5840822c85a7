"""Shortened lists and names for errors and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

_LISTED = 12
"""The number of lines that are shown of each kind."""

_LONGEST = 100
"""The number of characters that are shown of a name."""

_GAP = "..."


_OF_MANY = 4
"""The number of lines that are shown of each kind if several kinds together have many."""


def section(title: str, lines: Sequence[str], most: int = _LISTED) -> Iterator[str]:
    """The first of the lines under their title; nothing if there are no lines."""
    if lines:
        yield title
        yield from (f"  {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"  and {len(lines) - most:,} more"


def are_many(sections: Mapping[str, Sequence[str]]) -> bool:
    """Whether only the first lines of each section are shown."""
    return sum(map(len, sections.values())) > _LISTED


def together(sections: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The lines of all sections by their titles, or the first few of each if they are many."""
    for title, lines in sections.items():
        yield from section(title, lines, _OF_MANY if are_many(sections) else _LISTED)


def shown(name: str) -> str:
    """A printable form of a name from a file: control characters are escaped, and long names lose their middle."""
    kept = (_LONGEST - len(_GAP)) // 2
    text = name if len(name) <= _LONGEST else f"{name[:kept]}{_GAP}{name[-kept:]}"
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
