"""Faults of a text, and the bounds for reading it."""

from __future__ import annotations

from archspec.errors import Diagnostic, Source, Span

MAX_CHARACTERS = 16_000_000
"""The longest text that is read; 100,000 layers, a line each, are about 8,000,000."""

MAX_DEPTH = 64
"""The deepest nesting of lists and mappings."""

MAX_VALUES = 200_000
"""The largest number of values in a text; a long text may have one for each `CHARACTERS_A_VALUE`.

An alias counts as all values of its anchor.
"""

CHARACTERS_A_VALUE = 8
"""Fewer than any layer has on average: `{layer_type: ReLU}` are two values."""

MAX_FAULTS = 100
"""The largest number of faults of one text."""


class Unreadable(Exception):
    """The text cannot be read beyond this fault. It never leaves archspec.source."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Faults:
    """Collects the faults of one text. After `MAX_FAULTS` of them the text counts as unreadable.

    `lost` says whether a part of the text is missing in its value, so that further checks would only find consequences.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.told: list[Diagnostic] = []
        self.lost = False

    def add(self, fault: Diagnostic) -> None:
        """Add a fault; raises `Unreadable` if there are too many."""
        if len(self.told) >= MAX_FAULTS:
            message = f"there are more than {MAX_FAULTS} errors; the text from here on was not read"
            raise Unreadable(Diagnostic("too-many-errors", message, fault.where))
        self.told.append(fault)


def too_deep(source: Source, start: int) -> Unreadable:
    """The fault of a collection that is nested too deeply."""
    where = Span(source, start, start + 1)
    return Unreadable(Diagnostic("too-deep", f"lists and mappings nest more than {MAX_DEPTH} deep here", where))


def most_values(source: Source) -> int:
    """The largest number of values in this text."""
    return max(MAX_VALUES, len(source.text) // CHARACTERS_A_VALUE)


def too_many_values(source: Source, start: int, end: int) -> Unreadable:
    """The fault of a value that exceeds the number of values."""
    message = f"the document has more than {most_values(source):,} values"
    return Unreadable(Diagnostic("too-many-values", message, Span(source, start, end)))
