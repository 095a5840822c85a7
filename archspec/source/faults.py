"""What goes wrong while a text is read, and the bounds within which it is read."""

from __future__ import annotations

from archspec.errors import Diagnostic, Source, Span

MAX_CHARACTERS = 16_000_000
"""The longest text that is read; 100,000 layers, a line each, are about 8,000,000."""

MAX_DEPTH = 64
"""How deep lists and mappings may stand inside each other."""

MAX_VALUES = 200_000
"""How many values a text may have, unless it is so long that it has `CHARACTERS_A_VALUE` for each of them.

An alias counts as all the values it stands for.
"""

CHARACTERS_A_VALUE = 8
"""Fewer than any layer has on average: `{layer_type: ReLU}` are two values."""

MAX_FAULTS = 100
"""How many faults of one text are told."""


class Unreadable(Exception):
    """The text cannot be read beyond this fault. Never leaves archspec.source."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Faults:
    """Collects the faults of one text. After `MAX_FAULTS` of them the text counts as unreadable.

    `lost` says whether something in the text has no place in its value, so that looking further at the value would
    only find what follows from that.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.told: list[Diagnostic] = []
        self.lost = False

    def add(self, fault: Diagnostic) -> None:
        """One more fault; raises `Unreadable` if it is one too many."""
        if len(self.told) >= MAX_FAULTS:
            message = f"there are more than {MAX_FAULTS} errors; the text from here on was not read"
            raise Unreadable(Diagnostic("too-many-errors", message, fault.where))
        self.told.append(fault)


def too_deep(source: Source, start: int) -> Unreadable:
    """The collection that begins here is one too many inside each other."""
    where = Span(source, start, start + 1)
    return Unreadable(Diagnostic("too-deep", f"lists and mappings nest more than {MAX_DEPTH} deep here", where))


def most_values(source: Source) -> int:
    """How many values this text may have."""
    return max(MAX_VALUES, len(source.text) // CHARACTERS_A_VALUE)


def too_many_values(source: Source, start: int, end: int) -> Unreadable:
    """The value that stands here is one too many."""
    message = f"the document has more than {most_values(source):,} values"
    return Unreadable(Diagnostic("too-many-values", message, Span(source, start, end)))
