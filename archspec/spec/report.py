"""Collecting faults, so that all of a document's are told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.errors import ArchspecError, Diagnostic, Span
from archspec.spec.place import Where

MOST_DIAGNOSTICS = 100


class Faulty(ArchspecError):
    """A value that cannot be used, and why; no diagnostic if that was told before.

    Never leaves the front end: a `Report` takes it.
    """

    def __init__(self, diagnostic: Diagnostic | None = None) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


class Report:
    """The diagnostics of one document.

    A fault of a layer that is copied, or of a block that is used often, is told once.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._found: dict[tuple[str, object, str], Diagnostic] = {}
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def add(self, diagnostic: Diagnostic, notes: tuple[str, ...] = ()) -> None:
        """Add a diagnostic, with notes after its own."""
        where = diagnostic.where
        place = (where.start, where.end) if isinstance(where, Span) else where
        noted = replace(diagnostic, notes=(*diagnostic.notes, *notes)) if notes else diagnostic
        self._found.setdefault((diagnostic.code, place, diagnostic.message), noted)

    def take(self, fault: Faulty, notes: tuple[str, ...] = ()) -> None:
        """Add what a fault has to tell, with notes."""
        if fault.diagnostic is not None:
            self.add(fault.diagnostic, notes)

    def error(
        self, code: str, message: str, where: Where | None, *, hint: str | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        """Add a fault."""
        self.add(Diagnostic(code, message, where, hint, notes))

    def warning(self, code: str, message: str, where: Where | None, *, hint: str | None = None) -> None:
        """Add a remark that does not stop anything."""
        self.add(Diagnostic(code, message, where, hint, severity="warning"))

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(diagnostic.severity == "error" for diagnostic in self._found.values())

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them, in the order of the text; where there are too many, the last says how many more."""
        found = sorted(self._found.values(), key=_order)
        if len(found) <= MOST_DIAGNOSTICS:
            return tuple(found)
        rest = len(found) - MOST_DIAGNOSTICS
        more = Diagnostic("too-many-errors", f"and {rest:,} more", found[MOST_DIAGNOSTICS].where)
        return (*found[:MOST_DIAGNOSTICS], more)


def _order(diagnostic: Diagnostic) -> int:
    """Where in the text it is; what has no place comes first, in the order in which it was found."""
    return diagnostic.where.start if isinstance(diagnostic.where, Span) else -1
