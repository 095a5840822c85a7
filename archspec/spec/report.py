"""Collects the faults of a document, to report all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archspec.errors import ArchspecError, Diagnostic, Span, Where

MOST_TOLD = 100
"""The largest number of errors, or of warnings, that are shown."""

MOST_FOUND = 200
"""The largest number of faults that are collected; each can need a search for a similar word, so this also bounds
time."""

_MOST_USES = 4
"""The largest number of uses of blocks that are shown for a fault."""

MOST_ADDED = 1000
"""The largest number of faults if the same ones are found in every copy of a layer."""


class Faulty(ArchspecError):
    """An unusable value, with its diagnostic and those of its other parts; without one if it was reported before.

    It never leaves the front end: a `Report` takes it.
    """

    def __init__(self, diagnostic: Diagnostic | None = None, *others: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic
        self.others = others


class TooManyFaults(ArchspecError):
    """A document has too many faults to look for more. It never leaves the front end."""


@dataclass(frozen=True, slots=True)
class Use:
    """One of the uses of blocks around a layer: its place, and a note about it."""

    where: Where
    note: str


Uses = Callable[[], Sequence[Use]]
"""Gives the uses; it is only called for a diagnostic."""


class Report:
    """The diagnostics of one document."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._errors: dict[tuple[object, ...], Diagnostic] = {}
        self._warnings: dict[tuple[object, ...], Diagnostic] = {}
        self._added = 0
        for diagnostic in diagnostics:
            found = self._warnings if diagnostic.severity == "warning" else self._errors
            found[_key(diagnostic)] = diagnostic

    def add(self, diagnostic: Diagnostic, uses: Uses | None = None) -> None:
        """Add a diagnostic, during lowering with the uses of blocks around it. Raises `TooManyFaults`.

        Equal faults of a layer's copies, at the same place and through the same uses, are reported once, for the first
        copy. Excess warnings are dropped.
        """
        if diagnostic.severity == "warning":
            if len(self._warnings) < MOST_FOUND:
                self._warnings.setdefault(_key(diagnostic), diagnostic)
            return
        key = _key(diagnostic)
        if uses is not None:
            through = uses()
            key = (*key[:2], tuple(_position(use.where) for use in through))
            diagnostic = replace(diagnostic, notes=(*diagnostic.notes, *_notes(through)))
        self._errors.setdefault(key, diagnostic)
        self._added += 1
        if self.full:
            raise TooManyFaults

    def take(self, fault: Faulty, uses: Uses | None = None) -> None:
        """Add the diagnostics of a fault, if it has any."""
        for diagnostic in (fault.diagnostic, *fault.others):
            if diagnostic is not None:
                self.add(diagnostic, uses)

    def error(
        self, code: str, message: str, where: Where | None, *, hint: str | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        """Add an error."""
        self.add(Diagnostic(code, message, where, hint, notes))

    def warning(self, code: str, message: str, where: Where | None, *, hint: str | None = None) -> None:
        """Add a warning."""
        self.add(Diagnostic(code, message, where, hint, severity="warning"))

    @property
    def full(self) -> bool:
        """Whether there are too many faults to look for more."""
        return len(self._errors) >= MOST_FOUND or self._added >= MOST_ADDED

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return bool(self._errors)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them, in the order of the text."""
        return tuple(sorted((*self._errors.values(), *self._warnings.values()), key=_order))

    @property
    def told(self) -> tuple[Diagnostic, ...]:
        """The diagnostics for the user, in the order of the text.

        With errors, warnings are left out, because an error may be their cause. If there are too many diagnostics, the
        last one has the number of the others.
        """
        what, found = ("errors", self._errors) if self._errors else ("warnings", self._warnings)
        ordered = sorted(found.values(), key=_order)
        if len(ordered) <= MOST_TOLD:
            return tuple(ordered)
        count = str(len(ordered) - MOST_TOLD) if len(ordered) < MOST_FOUND else "many"
        more = Diagnostic(f"too-many-{what}", f"{count} more {what} are not shown", severity="note")
        return (*ordered[:MOST_TOLD], more)


def _notes(uses: Sequence[Use]) -> Iterator[str]:
    """The notes of the uses; of many uses only the innermost and the outermost."""
    left_out = range(_MOST_USES - 1, len(uses) - 1) if len(uses) > _MOST_USES else range(0)
    for index, use in enumerate(uses):
        if index not in left_out:
            yield use.note
        elif index == left_out.start:
            yield f"and so on, through {len(left_out)} more uses of blocks"


def _key(diagnostic: Diagnostic) -> tuple[object, ...]:
    """What two diagnostics have in common that say the same."""
    return diagnostic.code, _position(diagnostic.where), diagnostic.message


def _position(where: Where | None) -> object:
    return (where.start, where.end) if isinstance(where, Span) else where


def _order(diagnostic: Diagnostic) -> int:
    """Where in the text it is; what has no place comes first, in the order in which it was found."""
    return diagnostic.where.start if isinstance(diagnostic.where, Span) else -1
