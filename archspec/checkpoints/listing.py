"""Lists and names in errors and tables, which say enough to go on and never fill a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LISTED = 12
"""Lines of each kind."""

_LONGEST = 100
"""Characters of a name that are shown."""

_GAP = "..."


def section(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Some of the lines under their title; nothing if there are none."""
    if lines:
        yield title
        yield from (f"  {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"  and {len(lines) - _LISTED} more"


def shown(name: str) -> str:
    """A name from a file as it may be printed: control characters as escapes, and a long one without its middle."""
    kept = (_LONGEST - len(_GAP)) // 2
    text = name if len(name) <= _LONGEST else f"{name[:kept]}{_GAP}{name[-kept:]}"
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
