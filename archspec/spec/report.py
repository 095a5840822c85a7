"""Collecting faults, so that all of a document's are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archspec.errors import ArchspecError, Diagnostic, Span
from archspec.spec.place import Where

MOST_TOLD = 100
"""How many faults a user is shown."""

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


class Report:
    """The diagnostics of one document."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._found = {_key(diagnostic): diagnostic for diagnostic in diagnostics}
        self._added = 0

    def add(self, diagnostic: Diagnostic, uses: Sequence[Use] | None = None) -> None:
        """Add a diagnostic, one of the lowering with the uses that led to it. Raises `TooManyFaults`.

        What the copies of a layer have wrong at the same place, through the same uses, is told once: of the first.
        """
        key = _key(diagnostic)
        if uses is not None:
            key = (*key[:2], tuple(_position(use.where) for use in uses))
            diagnostic = replace(diagnostic, notes=(*diagnostic.notes, *_notes(uses)))
        self._found.setdefault(key, diagnostic)
        self._added += 1
        if self.full:
            raise TooManyFaults

    def take(self, fault: Faulty, uses: Sequence[Use] | None = None) -> None:
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
        return len(self._found) > MOST_FOUND or self._added > MOST_ADDED

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(diagnostic.severity == "error" for diagnostic in self._found.values())

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them, in the order of the text."""
        return tuple(sorted(self._found.values(), key=_order))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What a user is shown of a document that is no network, in the order of the text.

        Warnings are left out, because an error may be all that they are about. Where there are too many errors, the
        last diagnostic says how many more.
        """
        found = [diagnostic for diagnostic in self.diagnostics if diagnostic.severity == "error"]
        if len(found) <= MOST_TOLD:
            return tuple(found)
        count = f"{len(found) - MOST_TOLD:,}" if len(self._found) <= MOST_FOUND else "many"
        more = Diagnostic("too-many-errors", f"{count} more errors are not shown", severity="note")
        return (*found[:MOST_TOLD], more)


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
