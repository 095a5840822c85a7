"""Joins the reports of a document's variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from archspec.errors import Diagnostic, Where
from archspec.spec.report import Report, TooManyFaults

_MOST_NAMED = 3


def together(found: Mapping[str | None, Sequence[Diagnostic]]) -> tuple[Diagnostic, ...]:
    """The diagnostics of all variants; a diagnostic of several variants at the same place is reported once.

    A note names the variants, unless all have it. With errors there are no warnings.
    """
    report = Report()
    with suppress(TooManyFaults):
        for diagnostic, variants in _by_place(found):
            notes = diagnostic.notes if len(variants) == len(found) else (*diagnostic.notes, _note(variants))
            report.add(replace(diagnostic, notes=notes))
    told = report.told
    # A variant with too many diagnostics has a message about it.
    wanted = "too-many-errors" if report.failed else "too-many-warnings"
    cut = [diagnostic for diagnostics in found.values() for diagnostic in diagnostics if diagnostic.code == wanted]
    return (*told, cut[0]) if cut and told[-1].code != wanted else told


def _by_place(found: Mapping[str | None, Sequence[Diagnostic]]) -> list[tuple[Diagnostic, list[str]]]:
    """Each diagnostic with the variants that have an equal one at its place."""
    places: dict[tuple[str, Where | None], list[Diagnostic]] = {}
    variants: dict[tuple[str, Where | None], list[str]] = {}
    for variant, diagnostics in found.items():
        mine: dict[tuple[str, Where | None], list[Diagnostic]] = {}
        for diagnostic in diagnostics:
            if diagnostic.severity != "note":
                mine.setdefault((diagnostic.code, diagnostic.where), []).append(diagnostic)
        for key, several in mine.items():
            places.setdefault(key, several)
            variants.setdefault(key, []).append(str(variant))
    return [(diagnostic, variants[key]) for key, several in places.items() for diagnostic in several]


def _note(variants: Sequence[str]) -> str:
    if len(variants) == 1:
        return f"in the variant {variants[0]}"
    named = ", ".join(variants[:_MOST_NAMED])
    rest = len(variants) - _MOST_NAMED
    return f"in the variants {named}" + (f" and {rest} more" if rest > 0 else "")
