"""Collecting faults, so that all of a document's are told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archspec.errors import ArchspecError, Diagnostic, Span, Where

MOST_TOLD = 100
"""How many errors, or how many warnings, a user is shown."""

MOST_FOUND = 200
"""How many faults are looked for; one costs a search for the word that was meant, so time has a bound too."""

_MOST_USES = 4
"""How many of the uses of blocks that led to a fault are told."""

MOST_ADDED = 1000
"""How many faults are looked for if the same ones are found again and again, in every copy of a layer."""


class Faulty(ArchspecError):
    """A value that cannot be used, and why; no diagnostic if that was told before.

    Never leaves the front end: a `Report` takes it.
    """

    def __init__(self, diagnostic: Diagnostic | None = None) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


class TooManyFaults(ArchspecError):
    """A document has so many faults that looking on helps nobody. Never leaves the front end."""


@dataclass(frozen=True, slots=True)
class Use:
    """One of the uses of blocks through which the lowering came to a layer: where it is, and a note about it."""

    where: Where
    note: str


Uses = Callable[[], Sequence[Use]]
"""Gives the uses; only asked if there is something to tell."""


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
        """Add a diagnostic, one of the lowering with the uses that led to it. Raises `TooManyFaults`.

        What the copies of a layer have wrong at the same place, through the same uses, is told once: of the first.
        Of warnings, those that are too many are forgotten.
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
        """Add what a fault has to tell, as `add` does."""
        if fault.diagnostic is not None:
            self.add(fault.diagnostic, uses)

    def error(
        self, code: str, message: str, where: Where | None, *, hint: str | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        """Add a fault."""
        self.add(Diagnostic(code, message, where, hint, notes))

    def warning(self, code: str, message: str, where: Where | None, *, hint: str | None = None) -> None:
        """Add a remark that does not stop anything."""
        self.add(Diagnostic(code, message, where, hint, severity="warning"))

    @property
    def full(self) -> bool:
        """Whether so much is wrong that it is no use to look for more."""
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
        """What a user is shown, in the order of the text.

        Where there are errors it is nothing but errors, because one of them may be all that a warning is about. Where
        there are too many, the last diagnostic says how many more.
        """
        what, found = ("errors", self._errors) if self._errors else ("warnings", self._warnings)
        ordered = sorted(found.values(), key=_order)
        if len(ordered) <= MOST_TOLD:
            return tuple(ordered)
        count = str(len(ordered) - MOST_TOLD) if len(ordered) < MOST_FOUND else "many"
        more = Diagnostic(f"too-many-{what}", f"{count} more {what} are not shown", severity="note")
        return (*ordered[:MOST_TOLD], more)


def _notes(uses: Sequence[Use]) -> Iterator[str]:
    """The uses' notes, of many only the innermost and the outermost."""
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
