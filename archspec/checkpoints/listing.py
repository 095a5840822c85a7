"""Lists in errors, which say enough to go on and never fill a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LISTED = 12
"""Lines of each kind."""


def section(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Some of the lines under their title; nothing if there are none."""
    if lines:
        yield title
        yield from (f"  {line}" for line in lines[:_LISTED])
    if len(lines) > _LISTED:
        yield f"  and {len(lines) - _LISTED} more"
